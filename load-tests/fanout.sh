#!/usr/bin/env bash
# From an event's moment in the database to each client of a stream, on every controller: the leader's and the followers'
# views have it by then. The platform must run: ./autoserve platform up
#
#   load-tests/fanout.sh [SECONDS] [EVENTS-PER-SECOND] [CLIENTS-PER-CONTROLLER]
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
source "$top/load-tests/api.sh"
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "$top/load-tests/FanOut.java" "http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}" \
    "http://127.0.0.1:${AUTOSERVE_CONTROLLER_1_PORT:-8001},http://127.0.0.1:${AUTOSERVE_CONTROLLER_2_PORT:-8002},http://127.0.0.1:${AUTOSERVE_CONTROLLER_3_PORT:-8003}" \
    "${1:-20}" "${2:-200}" "${3:-5}"
