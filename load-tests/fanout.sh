#!/usr/bin/env bash
# Measures the time from an event's timestamp in the database until each client of a stream has the
# event, for clients of every controller. By then the views of the leader and of the followers have
# the event too. The platform must run: ./autoserve platform up
#
#   load-tests/fanout.sh [SECONDS] [EVENTS-PER-SECOND] [CLIENTS-PER-CONTROLLER]
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

each=http://127.0.0.1:${AUTOSERVE_CONTROLLER_1_PORT:-8001}
each+=,http://127.0.0.1:${AUTOSERVE_CONTROLLER_2_PORT:-8002},http://127.0.0.1:${AUTOSERVE_CONTROLLER_3_PORT:-8003}
"$java" "$top/load-tests/FanOut.java" "$api" "$each" "${1:-20}" "${2:-200}" "${3:-5}"
