#!/usr/bin/env bash
# Compares the p95 that the platform reports for an app with the load generator's own p95 of the
# same half minute. The load is about 300 requests/s, and each request takes 5 to 100 ms.
#   load-tests/latency.sh [SECONDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

seconds=${1:-30}

told_p95() { # prints the platform's p95 of the last 10 seconds, in milliseconds
    ask_api "/api/v1/apps/$app/metrics" | sed -n 's/.*"now":{\([^}]*\)}.*/\1/p' | sed -n 's/.*"p95Ms":\([0-9.]*\).*/\1/p'
}

require_platform
forget_app
apply 3
await_instances 3
cat >"$work/spread.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
function request() return wrk.format("GET", "/slow?ms=" .. math.random(5, 100)) end
function done(_, latency) print(("p95 %.2f"):format(latency:percentile(95) / 1000)) end
LUA
wrk -t1 -c16 -d"${seconds}s" --timeout 10 -s "$work/spread.lua" "$http" >"$work/load" &
load=$!
sleep 12 # so that the platform's last 10 seconds contain only this load
while kill -0 "$load" 2>/dev/null; do
    told_p95 >>"$work/told"
    sleep 1
done
wait "$load" || true
load=
told=$(median <"$work/told") own=$(awk '/^p95/ {print $2}' "$work/load")
awk -v told="$told" -v own="$own" 'BEGIN {
    off = 100 * (told - own) / own
    printf "p95: load generator %.1f ms, platform %.1f ms, %+.1f %% (aim: within 5)\n", own, told, off
    exit off > 5 || off < -5
}'
