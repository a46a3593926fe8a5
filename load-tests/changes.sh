#!/usr/bin/env bash
# Changes an app while users keep sending requests: rollouts of every kind, good and bad, scaling
# out and in, a restart, a drained node. First the script measures how many requests one instance
# can answer. The load is 70 % of what the instances that stay during the change can answer. It
# consists of GETs and POSTs over kept-alive connections, and GETs over new connections. Prints how
# long each change took and how many requests were lost.
#   load-tests/changes.sh [ROUNDS]      1 by default; the aim is ten rounds without a lost request
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-1}
cpu=50m # limit of each instance, so that the instances are the bottleneck and not this machine
lost=0
spoilt=0

# users NAME REQUESTS/S LUA [PATH]: sends requests of one kind until end_users. Each connection
# pauses 20 ms between requests.
users() {
    cat >"$work/$1.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
$3
later, spoilt, cut = 0, 0, 0
function setup(thread) users = thread end
function delay() return 20 end
function response(status, headers)
    if status == 503 and headers["Retry-After"] then later = later + 1 end
    if status == 500 and wrk.method == "POST" then spoilt = spoilt + 1 end
    if status == 502 and wrk.method == "POST" then cut = cut + 1 end
end
function done(summary)
    local errors = summary.errors
    local later, spoilt, cut = users:get("later"), users:get("spoilt"), users:get("cut")
    local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status - later - spoilt - cut
    print(("result %d %d %d %d %d"):format(summary.requests, failed, later, spoilt, cut))
end
LUA
    wrk -t1 -c$((1 + $2 / 50)) -d600s --timeout 10 -s "$work/$1.lua" "$http/${4:-}" >"$work/$1.load" &
    pids+=($!)
}

begin_users() { # begin_users REQUESTS/S
    pids=()
    users get $(($1 * 2 / 5)) ''
    users new $(($1 / 5)) 'wrk.headers["Connection"] = "close"'
    users post $(($1 * 2 / 5)) 'wrk.method = "POST" wrk.body = "x"' echo
    sleep 1
}

end_users() {
    kill -INT "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" || true
    pids=()
}

# Prints how many requests per second one instance can answer.
capacity() {
    serve 1 ""
    until [ "$(answering)" = "$app-0" ]; do sleep 0.1; done
    wrk -t1 -c8 -d5s -H "Host: $app.localhost" "$http/" | awk '/Requests\/sec/ {print int($2)}'
}

# change NAME STAYING REPLICAS COMMAND…: runs COMMAND under 70 % of the load that STAYING instances
# can answer. Waits until REPLICAS instances are settled.
change() {
    local name=$1 staying=$2 replicas=$3 begin took answered failed later bad off told_later=0 told_bad=0 told_off=0 kinds=""
    shift 3
    begin_users $((staying * one * 7 / 10))
    begin=$(now)
    "$@"
    until_settled "$replicas" 180
    took=$(($(now) - begin))
    sleep 1
    end_users
    for kind in get new post; do
        read -r _ answered failed later bad off < <(grep result "$work/$kind.load")
        kinds+=$(printf '  %6d %4d' "$answered" "$failed")
        lost=$((lost + failed)) told_later=$((told_later + later)) told_bad=$((told_bad + bad)) told_off=$((told_off + off))
    done
    spoilt=$((spoilt + told_bad + told_off))
    printf '%-36s %6d ms%s%s%s%s\n' "$name" "$took" "$kinds" \
        "$( ((told_later == 0)) || echo "  $told_later answered 503 with Retry-After")" \
        "$( ((told_bad == 0)) || echo "  $told_bad POSTs answered 500 by the bad version")" \
        "$( ((told_off == 0)) || echo "  $told_off POSTs in flight at an instance that died")"
}

serve() { # serve REPLICAS [ROLLOUT]
    forget_app
    apply "$@"
    until_settled "$1" 60
}

canary_undone() {
    apply 4 "$1" VERSION 3
    until [[ $(status) == *'"phase":"Canary"'*'"ready":1'* ]]; do sleep 0.05; done
    sleep 2
    ask rollout/undo
}

node() { ask_api /api/v1/nodes | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

node_drained() {
    local name
    name=$(node name)
    ask_api "/api/v1/nodes/$name/drain?force=true" -X POST -o /dev/null
    until [ "$(node state)" = Drained ]; do sleep 0.05; done
    ask_api "/api/v1/nodes/$name/uncordon" -X POST -o /dev/null
}

on_exit 'kill "${pids[@]}" 2>/dev/null || true; forget_app; rm -rf "$work"'
pids=()
require_platform
one=$(capacity)
echo "one instance with $cpu of a CPU can answer $one requests/s; the load is 70 % of what the instances that stay can answer"
fast="maxSurge: 2, watchSeconds: 0"
canary="watchSeconds: 0, steps: [{weight: 20, holdSeconds: 3}]"
printf '%-36s %9s  %11s  %11s  %11s\n' '' '' 'GET   lost' 'new   lost' 'POST   lost'
for ((round = 1; round <= rounds; round++)); do
    ((rounds == 1)) || echo "round $round"
    serve 10 "$fast"
    change "rolling update of 10, two at a time" 10 10 apply 10 "$fast" VERSION 2
    change "restart of 10" 10 10 ask restart
    change "scale 10 to 2" 2 2 scale 2
    change "scale 2 to 10" 2 10 scale 10
    change "node drained and uncordoned" 2 10 node_drained
    serve 4 "strategy: blueGreen, watchSeconds: 1"
    change "blue/green of 4" 4 4 apply 4 "strategy: blueGreen, watchSeconds: 1" VERSION 2
    serve 4 "$canary"
    change "canary of 4, promoted" 4 4 apply 4 "$canary" VERSION 2
    change "canary of 4, undone" 4 4 canary_undone "$canary"
    serve 4 "progressDeadlineSeconds: 3"
    change "never ready, rolled back" 4 4 apply 4 "progressDeadlineSeconds: 3" SICK true
    serve 4 "minReadySeconds: 15, maxSurge: 4"
    change "dies after 10 s, rolled back" 4 4 apply 4 "minReadySeconds: 15, maxSurge: 4" CRASH_AFTER_MS 10000
    serve 4 ""
    change "answers 5xx, rolled back" 4 4 apply 4 "" ERROR_RATE 1
done
echo "$lost requests lost (aim: none)"
((spoilt == 0)) || echo "$spoilt POSTs failed because their instance answered 500 or died; nginx must not send a POST twice"
((lost == 0))
