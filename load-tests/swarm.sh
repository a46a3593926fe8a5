#!/usr/bin/env bash
# The same rolling update of 10 instances by Docker Swarm and by us, in turns: two at a time, start first, under 200 requests/s over
# new connections, until nothing of the old version is there. We ask each new one for its health before an old one goes; Swarm
# does not here, which is quicker: its first look would be a whole period after the start. Prints both, the ratio, and
# what each lost. Makes this engine a swarm of one for as long as it runs.
#   load-tests/swarm.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-3}
service=load-bar-swarm
port=${SWARM_PORT:-18080}

leave() {
    docker service rm "$service" >/dev/null 2>&1 || true
    docker swarm leave --force >/dev/null 2>&1 || true
}
trap 'end_load; leave; forget_app; rm -rf "$work"' EXIT

# load URL: 200 requests/s, each over a connection of its own: over kept ones Swarm has them all at the same few instances
load() {
    cat >"$work/load.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
wrk.headers["Connection"] = "close"
function delay() return 20 end
LUA
    wrk -t1 -c4 -d600s --timeout 10 -s "$work/load.lua" "$1" >"$work/load" &
    load=$!
}

# timed NAME URL COMMAND…: milliseconds that it takes under load, noted for NAME, as what was lost
timed() {
    local name=$1 url=$2 begin
    shift 2
    load "$url"
    sleep 1
    begin=$(now)
    "$@"
    echo $(($(now) - begin)) >>"$work/$name"
    sleep 1
    end_load
    load_result >>"$work/$name-load" || true
}

# The state of its tasks that run or are to run: "VERSION Running" for each.
tasks() {
    docker service ps "$service" --filter desired-state=running --format '{{.Image}} {{.CurrentState}}' 2>/dev/null
}

# until_swarm IMAGE: ten of it run, and no container of another is left
until_swarm() {
    local deadline=$(($(now) + 180000))
    until [ "$(tasks | grep -c "^$1 Running")" = 10 ] &&
        [ "$(docker ps --quiet --filter "label=com.docker.swarm.service.name=$service" | wc -l)" = 10 ]; do
        (($(now) < deadline)) || die "Swarm is not there after 180 s: $(tasks)"
        sleep 0.05
    done
}

swarm_update() {
    docker service update --detach --quiet --image autoserve/demo:load-2 --env-add VERSION=2 --no-resolve-image "$service" >/dev/null
    until_swarm autoserve/demo:load-2
}

swarm_round() {
    docker service create --detach --quiet --name "$service" --replicas 10 --publish "$port:8080" --env VERSION=1 \
        --update-parallelism 2 --update-order start-first --update-delay 0s --update-monitor 0s --stop-grace-period 2s \
        --no-healthcheck --no-resolve-image \
        autoserve/demo:load-1 >/dev/null
    until_swarm autoserve/demo:load-1
    until curl -sf --max-time 1 -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.1; done
    timed swarm "http://127.0.0.1:$port/" swarm_update
    docker service rm "$service" >/dev/null
    while [ -n "$(docker ps --all --quiet --filter "label=com.docker.swarm.service.name=$service")" ]; do sleep 0.1; done
}

our_update() {
    apply 10 "maxSurge: 2, watchSeconds: 0" VERSION 2
    until_settled 10 180
}

our_round() {
    forget_app
    apply 10 "maxSurge: 2, watchSeconds: 0"
    await_instances 10
    until_settled 10 60
    timed ours "$http/" our_update
    forget_app
}

result() { # result NAME
    echo "$(median <"$work/$1") ms, $(awk '{answered += $1; failed += $3} END {print failed " of " answered " requests lost"}' "$work/$1-load")"
}

require_platform
leave
docker tag autoserve/demo autoserve/demo:load-1
docker tag autoserve/demo autoserve/demo:load-2
docker swarm init --advertise-addr 127.0.0.1 >/dev/null
for ((round = 1; round <= rounds; round++)); do
    swarm_round
    our_round
    echo "round $round: Swarm $(tail -1 "$work/swarm") ms, ours $(tail -1 "$work/ours") ms"
done
swarm=$(median <"$work/swarm") ours=$(median <"$work/ours")
echo "Swarm, median: $(result swarm)"
echo "ours, median:  $(result ours)"
echo "ratio $((100 * ours / swarm)) % (aim: below 100, and at most 6000 ms)"
((ours < swarm))
