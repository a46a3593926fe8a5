#!/usr/bin/env bash
# Sends the same bytes to AutoServe's nginx and directly to servers in Go, Node and Python (gunicorn),
# which answer with what they understood. Prints where nginx and a server disagree about routing,
# framing or a limit, with the reason. Fails if there is a disagreement without a known reason, or if
# an app gets bytes that are not well-formed.
#   load-tests/differential.sh [SEEDS [FIRST]]     3000 seeds by default, from 0
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

stop
create_network
start_ours
build_lab
docker run --rm --network "$network" --label "autoserve.load=$network" "$lab" \
    python3 differential.py "$(address ours)" "$token" "${1:-3000}" "${2:-0}"
