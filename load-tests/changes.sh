#!/usr/bin/env bash
# What operators change while users go on: rollouts of every kind, good and bad ones, scaling out and in, a restart. Under 200
# requests/s each of GETs and POSTs over connections kept alive, and of GETs over new ones. Prints how long each change took and
# how many requests failed.
#   load-tests/changes.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-1}
lost=0

users() { # users NAME LUA: 200 requests/s of one kind until end_users
    printf 'wrk.headers["Host"] = "%s.localhost"\nfunction delay() return 20 end\n%s\n' "$app" "$2" >"$work/$1.lua"
    wrk -t1 -c4 -d600s --timeout 10 -s "$work/$1.lua" "$http/${3:-}" >"$work/$1.load" &
    pids+=($!)
}

begin_users() {
    pids=()
    users get ''
    users new 'wrk.headers["Connection"] = "close"'
    users post 'wrk.method = "POST" wrk.body = "x"' echo
    sleep 1
}

end_users() {
    kill -INT "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" || true
    pids=()
}

count() { # count NAME: requests and failures of one kind
    awk '/requests in/ {answered = $1}
         /Socket errors/ {gsub(",", ""); failed += $4 + $6 + $8 + $10}
         /Non-2xx/ {failed += $NF}
         END {printf "%d %d\n", answered, failed}' "$work/$1.load"
}

status() { curl_api -sf "$api/api/v1/apps/$app"; }

# settled REPLICAS: so many run, all ready, of one revision, and no rollout is under way
settled() {
    local now
    now=$(status) || return 1
    [[ $now == *"\"name\":\"$app\",\"state\":\"Running\""* && $now == *'"rollout":null'* ]] &&
        [[ $now == *"\"replicas\":{\"desired\":$1,\"current\":$1,\"ready\":$1}"* ]]
}

until_settled() { # until_settled REPLICAS SECONDS
    local deadline=$(($(now) + $2 * 1000))
    until settled "$1"; do
        (($(now) < deadline)) || die "not settled within $2 s: $(status)"
        sleep 0.05
    done
}

ask() { curl_api -sf -X POST -o /dev/null "$api/api/v1/apps/$app/$1" "${@:2}"; }
scale() { ask scale -H 'Content-Type: application/json' --data "{\"replicas\":$1}"; }

# change NAME REPLICAS COMMAND…: runs it under load until all is settled
change() {
    local name=$1 replicas=$2 begin took answered failed kinds=""
    shift 2
    begin_users
    begin=$(now)
    "$@"
    until_settled "$replicas" 120
    took=$(($(now) - begin))
    sleep 1
    end_users
    for kind in get new post; do
        read -r answered failed < <(count $kind)
        kinds+=$(printf '  %5d %4d' "$answered" "$failed")
        lost=$((lost + failed))
    done
    printf '%-36s %6d ms%s\n' "$name" "$took" "$kinds"
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

trap 'kill "${pids[@]}" 2>/dev/null || true; forget_app; rm -rf "$work"' EXIT
pids=()
require_platform
fast="maxSurge: 2, watchSeconds: 0"
canary="watchSeconds: 0, steps: [{weight: 20, holdSeconds: 3}]"
printf '%-36s %9s  %10s  %10s  %10s\n' '' '' 'GET  lost' 'new  lost' 'POST  lost'
for ((round = 1; round <= rounds; round++)); do
    serve 10 "$fast"
    change "rolling update of 10, two at a time" 10 apply 10 "$fast" VERSION 2
    change "restart of 10" 10 ask restart
    change "scale 10 → 2" 2 scale 2
    change "scale 2 → 10" 10 scale 10
    serve 4 "strategy: blueGreen, watchSeconds: 1"
    change "blue/green of 4" 4 apply 4 "strategy: blueGreen, watchSeconds: 1" VERSION 2
    serve 4 "$canary"
    change "canary of 4, promoted" 4 apply 4 "$canary" VERSION 2
    change "canary of 4, undone" 4 canary_undone "$canary"
    serve 4 "progressDeadlineSeconds: 3"
    change "never ready, taken back" 4 apply 4 "progressDeadlineSeconds: 3" SICK true
    serve 4 "minReadySeconds: 15, maxSurge: 4"
    change "dies after 10 s, taken back" 4 apply 4 "minReadySeconds: 15, maxSurge: 4" CRASH_AFTER_MS 10000
done
echo "$lost requests lost (aim: none)"
((lost == 0))
