#!/usr/bin/env bash
# Measures the platform on a machine that is slow, beside the same figures on the machine as it is.
# For the slow measurements, Docker's own processes get a quarter of one processor, and each
# controller gets a quarter of what it has. Each figure is divided by the time in which Docker alone
# starts a container until it answers, measured in turns with it. Run it as root, with the highly
# available platform: ./autoserve platform up --demo
#
#   load-tests/slow.sh [ROUNDS]      5 by default; the figures are medians
#
#   start       from the request until one instance answers through nginx
#   scale       from one instance to five, until all answer
#   heal        one of three instances killed, until its replacement answers
#   rolling     update of three instances, one more at a time, until it is complete
#   failover    the leader killed, until the next leader's first write
#
# Fails if a ratio on the slow machine is more than 1.3 times the ratio on the machine as it is, or
# if the next leader's first write takes more than 2.5 s.
set -euo pipefail

self=$(readlink -f "$0")
# shellcheck source=load-tests/platform.sh
source "$(dirname "$self")/platform.sh"

name=${AUTOSERVE_INSTALLATION:-autoserve}
controllers=("$name-controller-"{1..3})
kinds=(start scale heal rolling failover)
surge='maxSurge: 1, watchSeconds: 0'
failed=0
declare -A quotas=() # in nanoprocessors, as they were

main() {
    require_platform
    on_exit 'set +e; give_back; forget_app; forget_floor; rm -rf "$work"'
    trap 'exit 130' INT TERM HUP
    mkdir "$work/fast" "$work/slow"
    echo "the machine as it is"
    "$self" measure "$1" "$work/fast"
    take_away
    echo "Docker and the controllers with a quarter of their processor time"
    "$(dirname "$self")/slow-engine.sh" 25 "$self" measure "$1" "$work/slow"
    give_back
    for kind in "${kinds[@]}"; do judge "$kind"; done
    check "the next leader's first write on the slow machine: $(figure slow failover) ms (at most 2500 ms)" \
        test "$(figure slow failover)" -le 2500
    exit "$failed"
}

take_away() {
    local controller
    for controller in "${controllers[@]}"; do
        quotas[$controller]=$(docker inspect --format '{{.HostConfig.NanoCpus}}' "$controller")
        set_processors "$controller" $((${quotas[$controller]} / 4))
    done
}

give_back() {
    local controller
    for controller in "${!quotas[@]}"; do set_processors "$controller" "${quotas[$controller]}"; done
    quotas=()
}

set_processors() { # set_processors CONTAINER NANOPROCESSORS
    docker update --cpus "$(awk -v nano="$2" 'BEGIN {print nano / 1e9}')" "$1" >/dev/null
}

judge() { # judge KIND
    local fast slow
    fast=$((100 * $(figure fast "$1") / $(figure fast docker)))
    slow=$((100 * $(figure slow "$1") / $(figure slow docker)))
    printf '  %-9s %6d ms, Docker alone %5d ms: %4d %%; slow %6d ms, Docker alone %5d ms: %4d %%\n' "$1" \
        "$(figure fast "$1")" "$(figure fast docker)" "$fast" "$(figure slow "$1")" "$(figure slow docker)" "$slow"
    check "$1: the ratio on the slow machine is $slow % (at most 1.3 x $fast %)" test $((100 * slow)) -le $((130 * fast))
}

figure() { # figure fast|slow KIND
    median <"$work/$1/$2"
}

# measure ROUNDS FOLDER: writes one file for each kind, with the milliseconds of each round
measure() {
    local round kind took
    patience=$((patience * $(slowness)))
    for ((round = 1; round <= $1; round++)); do
        for kind in docker "${kinds[@]}"; do
            await_calm
            forget_app
            took=$("once-$kind")
            echo "$took" >>"$2/$kind"
            echo "  round $round, $kind: $took ms"
        done
    done
}

once-docker() { floor_of 1 1; }

once-start() {
    local begin
    begin=$(now)
    apply 1
    await_instances 1
    echo $(($(now) - begin))
}

once-scale() {
    local begin
    apply 1
    await_instances 1
    begin=$(now)
    scale 5
    await_instances 5
    echo $(($(now) - begin))
}

once-heal() {
    local before after begin
    apply 3
    await_instances 3
    until before=$(container_of "$app-0") && [[ $before ]]; do sleep 0.1; done
    begin=$(now)
    engine POST "/containers/$before/kill?signal=KILL"
    until after=$(container_of "$app-0") && [[ $after && $after != "$before" ]]; do sleep 0.02; done
    until [[ $(answering) = "$app-0" ]]; do :; done
    echo $(($(now) - begin))
}

once-rolling() {
    local begin
    apply 3 "$surge" VERSION 1
    until_settled 3 "$patience"
    begin=$(now)
    apply 3 "$surge" VERSION 2
    until_settled 3 $((3 * patience))
    echo $(($(now) - begin))
}

once-failover() {
    local process last begin elected='' deadline=$((SECONDS + patience))
    process=$(docker inspect --format '{{.State.Pid}}' "$(ask_api /api/v1/cluster | field leader)")
    last=$(newest_event)
    begin=$(now)
    kill -KILL "$process" # faster than docker kill
    until [[ $elected ]]; do
        elected=$(ask_api "/api/v1/events?type=LeaderElected&after=$last" -m 2 | field at) || true
        ((SECONDS < deadline)) || die "no controller leads after $patience s: ./autoserve doctor"
        sleep 0.05
    done
    echo $(($(date -d "$elected" +%s%3N) - begin))
}

# Waits until the previous measurement has no effect any more: all controllers are members, and the
# views agree with the tables.
await_calm() {
    local deadline=$((SECONDS + 3 * patience))
    until ask_api /api/v1/cluster/health -m 10 | grep -q '"healthy":true'; do
        ((SECONDS < deadline)) || die "the platform is not healthy: ./autoserve doctor"
        sleep 0.5
    done
}

if [[ ${1-} = measure ]]; then
    measure "$2" "$3"
else
    (($(id -u) == 0)) || die "Only root may limit Docker's processes: run it with sudo"
    main "${1:-5}"
fi
