#!/usr/bin/env bash
# Sends 500 requests per second through two nginx, and updates an app of six instances while the second
# nginx is as it should be, frozen, killed, restarted, and cut off from the controllers. Prints how long
# each update took, and how many requests each nginx lost. The first nginx may lose none, and no drain
# may take more than 10 s longer. Needs ./autoserve platform up --demo --proxies 2.
#   load-tests/proxies.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-1}
installation=${AUTOSERVE_INSTALLATION:-autoserve}
second=$installation-nginx-2
control=0-$installation-control
replicas=6
slack=3000 # ms, since a question to a silent nginx takes up to 2 s
lost=0

# address CONTAINER: prints its address in the network of the apps, which it has also while it is cut off.
address() {
    docker inspect --format "{{(index .NetworkSettings.Networks \"$network\").IPAddress}}" "$1"
}

# users NAME CONTAINER: sends 250 requests/s until end_users.
users() {
    cat >"$work/$1.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
function delay() return 20 end
LUA
    wrk -t1 -c5 -d600s --timeout 30 -s "$work/$1.lua" "http://$(address "$2")/" >"$work/$1.load" &
    pids+=($!)
}

end_users() {
    kill -INT "${pids[@]}" 2>/dev/null || true
    wait "${pids[@]}" || true
    pids=()
}

# failed NAME: prints how many requests failed.
failed() {
    awk '/Socket errors/ {gsub(",", ""); failed += $4 + $6 + $8 + $10} /Non-2xx/ {failed += $NF} END {print failed + 0}' "$work/$1.load"
}

begin_fault() {
    case $1 in
        none) ;;
        frozen) docker pause "$second" >/dev/null ;;
        killed) docker kill "$second" >/dev/null ;;
        restarted) docker restart --time 10 "$second" >/dev/null ;;
        'cut off') docker network disconnect "$control" "$second" ;;
    esac
}

end_fault() {
    case $1 in
        frozen) docker unpause "$second" >/dev/null ;;
        killed) docker start "$second" >/dev/null ;;
        'cut off') docker network connect --ip "$own" "$control" "$second" ;;
    esac
}

# returned FAULT: waits until the second nginx answers with the newest routes, as the leader sees it.
returned() {
    [[ $1 == none || $1 == restarted ]] && return
    until ask_api '/api/v1/events?limit=20' | grep -q '"type":"ProxyReturned"'; do sleep 0.2; done
}

update() { # update FAULT VERSION
    local begin took first other
    pids=()
    users first "$installation-nginx"
    users second "$second"
    sleep 1
    begin_fault "$1"
    begin=$(now)
    apply "$replicas" "maxSurge: 2, watchSeconds: 0" VERSION "$2"
    until_settled "$replicas" 300
    took=$(($(now) - begin))
    end_fault "$1"
    returned "$1"
    sleep 1
    end_users
    first=$(failed first) other=$(failed second)
    lost=$((lost + first))
    [[ $1 != none ]] || usual=$took
    ((took <= usual + 10000 + slack)) || slow=yes
    printf '%-12s %6d ms  first nginx lost %4d  second nginx lost %4d\n' "$1" "$took" "$first" "$other"
}

on_exit 'kill "${pids[@]}" 2>/dev/null || true; docker unpause "$second" >/dev/null 2>&1 || true; docker start "$second" >/dev/null; forget_app; rm -rf "$work"'
pids=() slow='' usual=0
require_platform
own=$(docker inspect --format "{{(index .NetworkSettings.Networks \"$control\").IPAddress}}" "$second") ||
    die "there is no second nginx: run ./autoserve platform up --demo --proxies 2"
forget_app
apply "$replicas"
until_settled "$replicas" 120
version=1
for ((round = 1; round <= rounds; round++)); do
    for fault in none frozen killed restarted 'cut off'; do
        update "$fault" $((++version))
    done
done
echo "the first nginx lost $lost requests (aim: none)"
[[ ! $slow ]] || echo "an update took more than 10 s longer than without a fault"
[[ ! $slow ]] && ((lost == 0))
