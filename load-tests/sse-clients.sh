#!/usr/bin/env bash
# Connects many clients to one controller's stream of events. Measures the time until all clients
# have an event, how much memory the clients cost the controller, and whether clients that do not
# read (STALLED) slow down the others. Fails if the p99 of the time until all clients have an event
# is above 250 ms, or if the heap is above its limit in SseClients.java. The platform must run.
# If it requires tokens, start it with AUTOSERVE_STREAMS_PER_TOKEN=10000, since all clients use one
# token.
#
#   load-tests/sse-clients.sh [CLIENTS] [STALLED] [SECONDS] [EVENTS-PER-SECOND]
#   CONTROLLER=http://127.0.0.1:8001    the controller that the clients use; API by default
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=load-tests/api.sh
source "$top/load-tests/api.sh"
ulimit -n 8192
api=${API:-http://127.0.0.1:8000}
forget_apps() { for number in {0..19}; do curl_api -s -o /dev/null -X DELETE "$api/api/v1/apps/sse-$number"; done; }
on_exit forget_apps
"$(java_home)/bin/java" -XX:+UseSerialGC "$top/load-tests/SseClients.java" "$api" "${CONTROLLER:-$api}" "${1:-1000}" "${2:-10}" "${3:-20}" "${4:-10}"
