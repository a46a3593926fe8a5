#!/usr/bin/env bash
# Runs the same rolling update of 10 instances with Docker Swarm and with AutoServe, in turns: two
# at a time, new instances first, until no old instance is left. Prints both times and the ratio.
#
# AutoServe checks the health of each new instance before it stops an old one. Swarm does not check
# health here. That makes Swarm faster, because its first check would come a whole period after the
# start. No requests are sent during the updates, because Swarm's ingress needs IPVS, which not
# every kernel has; changes.sh counts the requests that AutoServe loses under load.
#
# The script makes this Docker Engine a swarm with one node until it ends.
#   load-tests/swarm.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-3}
service=load-bar-swarm
ours="maxSurge: 2, watchSeconds: 0"

leave() {
    docker service rm "$service" >/dev/null 2>&1 || true
    docker swarm leave --force >/dev/null 2>&1 || true
}
on_exit 'leave; forget_app; rm -rf "$work"'

containers() { docker ps "$@" --quiet --filter "label=com.docker.swarm.service.name=$service" | wc -l; }

# until_swarm IMAGE: waits until ten tasks of IMAGE run, and the service has no other containers
until_swarm() {
    local deadline=$((SECONDS + 180)) running
    while true; do
        running=$(docker service ps "$service" --filter desired-state=running --format '{{.Image}} {{.CurrentState}}' | grep -c "^$1 Running" || true)
        ((running != 10 || $(containers) != 10)) || return 0
        ((SECONDS < deadline)) || die "Swarm did not finish within 180 s: $running of 10 tasks run $1, and $(containers) containers run"
        sleep 0.05
    done
}

swarm_update() {
    docker service update --detach --quiet --image localhost/autoserve-demo:load-2 --env-add VERSION=2 --no-resolve-image "$service" >/dev/null
    until_swarm localhost/autoserve-demo:load-2
}

swarm_round() {
    docker service create --detach --quiet --name "$service" --replicas 10 --env VERSION=1 --no-healthcheck \
        --update-parallelism 2 --update-order start-first --update-delay 0s --update-monitor 0s --stop-grace-period 2s \
        --no-resolve-image localhost/autoserve-demo:load-1 >/dev/null
    until_swarm localhost/autoserve-demo:load-1
    timed swarm swarm_update
    docker service rm "$service" >/dev/null
    while (($(containers --all) > 0)); do sleep 0.1; done
}

our_update() {
    apply 10 "$ours" VERSION 2
    until_settled 10 180
}

our_round() {
    forget_app
    apply 10 "$ours"
    until_settled 10 60
    timed ours our_update
    forget_app
}

# timed NAME COMMAND: runs COMMAND, and appends its duration in milliseconds to the file NAME
timed() {
    local begin
    begin=$(now)
    "$2"
    echo $(($(now) - begin)) >>"$work/$1"
}

require_platform
! attachable || die "Leaving the swarm would disconnect the platform from its network: run this with ./autoserve dev --detach"
leave
docker tag localhost/autoserve-demo localhost/autoserve-demo:load-1
docker tag localhost/autoserve-demo localhost/autoserve-demo:load-2
docker swarm init --advertise-addr 127.0.0.1 >/dev/null
for ((round = 1; round <= rounds; round++)); do
    swarm_round
    our_round
    echo "round $round: Swarm $(tail -1 "$work/swarm") ms, ours $(tail -1 "$work/ours") ms"
done
swarm=$(median <"$work/swarm") own=$(median <"$work/ours")
echo "median: Swarm $swarm ms, ours $own ms, ratio $((100 * own / swarm)) % (aim: below 100, and at most 6000 ms)"
((own < swarm && own <= 6000))
