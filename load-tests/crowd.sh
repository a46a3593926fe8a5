#!/usr/bin/env bash
# Applies many apps at once, each with one instance, and measures the time until the last one is
# ready. Compares it with the best time that Docker alone needs for as many containers, and with the
# time in which Docker Swarm creates as many services. Meanwhile a probe calls the API ten times a
# second, and the platform's own containers must stay healthy. The highly available platform must
# run with the demo app: ./autoserve platform up --demo
#
#   load-tests/crowd.sh [APPS…]          60 and 200 by default
#   load-tests/crowd.sh swarm [APPS…]    compares only Swarm with Docker alone; no platform may run
#
# The test fails unless all of this holds:
#   - The platform needs at most 1.3 times the time of Docker alone.
#   - No instance failed or was restarted.
#   - The API's 99th percentile is at most 1 s. This limit grows with the time that one docker run
#     takes here; 1 s is for a quiet machine, where one docker run takes 0.4 s.
#   - No container of the platform failed one of Docker's health checks.
#
# While the script measures Swarm, Docker is a swarm with one node. When Docker leaves the swarm, it
# disconnects every container from every attachable network. Networks made by Compose 1.29 are
# attachable, so the platform would lose its network. If the first form finds such a network, it
# therefore does not measure Swarm. The second form then compares Swarm with Docker alone.
#
# ROUNDS (1): number of rounds for each size. Times are compared by their median over the rounds,
# the other figures by their worst value.
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"
network=$name
# shellcheck source=load-tests/engine.sh
source "$top/load-tests/engine.sh"

rounds=${ROUNDS:-1}
side_by_side=8 # concurrent requests that create or delete apps or services
service=crowd-swarm
watcher=
probe=

clean_up() {
    set +e
    [[ -z $probe ]] || kill "$probe"
    [[ -z $watcher ]] || kill "$watcher"
    [[ $with_platform = false ]] || forget_crowd
    leave_swarm
    forget_floor
    rm -rf "$work"
}

try_out() { # try_out APPS
    local round floor
    echo "$1 apps"
    rm -f "$work"/figure-*
    for ((round = 1; round <= rounds; round++)); do
        floor=$(floor_of "$1" "$at_once")
        note floor "$floor"
        [[ $with_swarm = false ]] || note swarm "$(swarm_of "$1")"
        [[ $with_platform = false ]] || ours_of "$1"
        echo "  round $round: Docker alone $floor ms ($at_once at once), Swarm $(last swarm) ms, platform $(last ours) ms, deleted in $(last deletion) ms"
    done
    floor=$(figures floor | median)
    [[ $with_swarm = false ]] || echo "         Swarm $(figures swarm | median) ms: $((100 * $(figures swarm | median) / floor)) % of Docker alone"
    [[ $with_platform = false ]] || judge "$1"
}

# ours_of APPS: runs one round on the platform, which ends when the apps are deleted, and records
# what it measures with `note`
ours_of() {
    local before begin
    before=$(newest_event)
    crowd "$1" PUT >"$work/apply"
    crowd "$1" DELETE >"$work/delete"
    mapfile -t containers < <(docker ps --quiet --filter "label=com.docker.compose.project=$name")
    # Docker alone can be busy enough to make a check fail, which must not count here.
    await "$patience" no_check_fails || die "Docker's health check of $(failing) fails: see docker inspect, then try again"
    begin_watching
    begin_probe
    begin=$(now)
    send_all "$work/apply"
    until_true all_ready "$1" || true # the check below shows how many are ready
    note ours $(($(now) - begin))
    end_probe start
    note ready "$(ready_apps)"
    note failures "$(failures_since "$before" | wc -l)"
    failures_since "$before" | head -3 | sed 's/^/         /'
    note restarts "$(restarts)"
    begin_probe
    begin=$(now)
    send_all "$work/delete"
    until_true none_of_the_crowd || true
    note deletion $(($(now) - begin))
    end_probe deletion
    end_watching
}

judge() { # judge APPS
    local took bar
    took=$(figures ours | median)
    bar=$((floor * 13 / 10))
    check "$(figures ready | sort -n | head -1) of $1 apps became ready" same "$1" "$(figures ready | sort -n | head -1)"
    check "all ready after $took ms: $((100 * took / floor)) % of Docker alone (bar: 1.3 x $floor = $bar ms)" \
        test "$took" -le "$bar"
    check "instances that failed: $(figures failures | worst) (bar: 0)" same 0 "$(figures failures | worst)"
    check "restarts: $(figures restarts | worst) (bar: 0)" same 0 "$(figures restarts | worst)"
    check "API while they start: p99 $(figures start-p99 | worst) ms, worst $(figures start-worst | worst) ms, $(figures start-failed | worst) of $(figures start-sent | worst) requests failed (bar: p99 at most $((1000 * slow)) ms)" \
        test "$(figures start-p99 | worst)" -le $((1000 * slow))
    check "containers of the platform that failed a health check: $(unhealthy) (bar: none)" same none "$(unhealthy)"
    echo "         deleted in $(figures deletion | median) ms, API meanwhile: p99 $(figures deletion-p99 | worst) ms, worst $(figures deletion-worst | worst) ms"
}

# The crowd

# crowd APPS METHOD: prints a curl configuration with one request for each app
crowd() {
    local number
    for ((number = 1; number <= $1; number++)); do
        ((number == 1)) || echo next
        printf '%s\n' "url = \"$api/api/v1/apps/crowd-$number\"" 'fail' 'silent' 'show-error' 'max-time = 60' \
            "request = \"$2\"" "output = \"/dev/null\"" "header = \"Content-Type: application/json\""
        [[ -z $AUTOSERVE_TOKEN ]] || echo "header = \"Authorization: Bearer $AUTOSERVE_TOKEN\""
        [[ $2 != PUT ]] || { spec "crowd-$number" >"$work/crowd-$number" && echo "data-binary = \"@$work/crowd-$number\""; }
    done
}

spec() { # spec APP
    cat <<JSON
{"apiVersion": "v1", "kind": "App", "metadata": {"name": "$1"},
 "spec": {"image": "localhost/autoserve-demo", "imagePullPolicy": "Never", "ports": [{"containerPort": 8080}], "stopGraceSeconds": 2},
 "scaling": {"mode": "manual", "minReplicas": 1, "maxReplicas": 1},
 "healthCheck": {"protocol": "HTTP", "path": "/health"}, "rollout": {"drainSeconds": 1}}
JSON
}

send_all() { # send_all REQUESTS: ignores failed requests, because the later counts show them
    curl --no-progress-meter --parallel --parallel-max "$side_by_side" --config "$1" || true
}

all_ready() {
    [[ $(ready_apps) == "$1" ]]
}

ready_apps() {
    list | grep -o '"name":"crowd-[0-9]*","state":"Running",[^{]*"replicas":{"desired":1,"current":1,"ready":1}' | wc -l || true
}

none_of_the_crowd() {
    local listed
    listed=$(list) && [[ $listed != *'"name":"crowd-'* ]]
}

forget_crowd() {
    local app
    for app in $(list | grep -o '"name":"crowd-[0-9]*"' | cut -d '"' -f 4 | sort -u); do
        curl_api -sf -m 10 -X DELETE -o /dev/null "$api/api/v1/apps/$app" || true
    done
    await 300 none_of_the_crowd
}

list() {
    curl_api -sf -m 10 "$api/api/v1/apps${1-}"
}

failures_since() { # failures_since SEQ: prints one line with the reason for each failed instance
    local type
    for type in InstanceFailed HealthFailed; do
        curl_api -sf -m 10 "$api/api/v1/events?type=$type&after=$1&limit=1000" | grep -o '"app":"crowd-[^}]*"reason":"[^"]*"' || true
    done
}

restarts() {
    list '?instances=true' | grep -o '"name":"crowd-[0-9]*-0"[^{}]*"restarts":[0-9]*' |
        awk -F : '{all += $NF} END {print all + 0}' || true
}

# Docker Swarm, without health checks as in swarm.sh: Swarm's first check would come a whole period
# after the start

# swarm_of COUNT: prints the milliseconds until the tasks of COUNT services run
swarm_of() {
    local begin
    docker swarm init --advertise-addr 127.0.0.1 >/dev/null
    begin=$(now)
    seq "$1" | xargs --max-procs "$side_by_side" --replace docker service create --detach --quiet --name "$service-{}" \
        --no-healthcheck --stop-grace-period 2s --no-resolve-image localhost/autoserve-demo >/dev/null
    until_true swarm_runs "$1" || echo "  Swarm runs only $(swarm_services) of $1 services" >&2
    echo $(($(now) - begin))
    leave_swarm
}

swarm_runs() {
    [[ $(swarm_services) == "$1" ]]
}

swarm_services() {
    docker service ls --filter "name=$service" --format '{{.Replicas}}' | grep -c '^1/1' || true
}

leave_swarm() {
    in_a_swarm || return 0
    docker service ls --quiet --filter "name=$service" | xargs --no-run-if-empty docker service rm >/dev/null
    await 300 no_task_is_left || true
    docker swarm leave --force >/dev/null
}

no_task_is_left() {
    [[ -z $(docker ps --all --quiet --filter "name=$service") ]]
}

in_a_swarm() {
    [[ $(docker info --format '{{.Swarm.LocalNodeState}}') != inactive ]]
}

# Measurements during a round

begin_probe() {
    rm -f "$work/input" "$work/probe"
    mkfifo "$work/input" # the probe ends when we close it
    "$java" -XX:TieredStopAtLevel=1 "$top/load-tests/Probe.java" "$api/api/v1/apps/demo" 10 <"$work/input" >"$work/probe" &
    probe=$!
    exec {input}>"$work/input"
    await 60 grep -q steady "$work/probe"
}

end_probe() { # end_probe NAME: ends the probe and records its figures under NAME
    local sent failed p99 worst
    exec {input}>&-
    wait "$probe"
    probe=
    read -r sent failed _ p99 worst < <(tail -1 "$work/probe")
    note "$1-sent" "$sent" && note "$1-failed" "$failed" && note "$1-p99" "$p99" && note "$1-worst" "$worst"
}

# Docker checks most containers every 60 s and calls them unhealthy after three failures. A crowd
# can be over by then, so one failed check counts here.
begin_watching() {
    while true; do
        failing >>"$work/figure-unhealthy"
        sleep 10 # a failed check stays visible until the next one, after 60 s
    done &
    watcher=$!
}

failing() { # prints the names of the containers whose last check failed
    docker inspect --format '{{.Name}} {{.State.Health.FailingStreak}}' "${containers[@]}" |
        awk '$2 > 0 {print substr($1, 2)}'
}

no_check_fails() {
    [[ -z $(failing) ]]
}

end_watching() {
    kill "$watcher"
    wait "$watcher" || true
    watcher=
} 2>/dev/null

unhealthy() {
    local names
    names=$(sort -u "$work/figure-unhealthy" | paste --serial --delimiters ' ')
    echo "${names:-none}"
}

# until_true COMMAND…: waits until COMMAND succeeds, for at most five times the time of Docker alone
# plus a minute (more on a slow machine). COMMAND runs once a second.
# `await` would run it more often, and listing all apps costs the controllers time.
until_true() {
    local end=$((SECONDS + patience + floor * 5 / 1000))
    until "$@" 2>/dev/null; do
        ((SECONDS < end)) || return
        sleep 2
    done
}

note() { echo "$2" >>"$work/figure-$1"; }
figures() { cat "$work/figure-$1"; }
last() { tail -1 "$work/figure-$1" 2>/dev/null || echo -; } # a dash if it was not measured

with_platform=true with_swarm=true
if [[ ${1-} = swarm ]]; then
    shift
    with_platform=false network=bridge
    ! attachable || die "Leaving the swarm would disconnect running containers: ./autoserve platform down, then try again"
else
    curl_api -sf -m 10 -o /dev/null "$api/api/v1/apps/demo" || die "The demo app does not answer at $api: ./autoserve platform up --demo"
    ! attachable || { with_swarm=false && echo "Swarm is left out: measure it with load-tests/crowd.sh swarm while no platform runs"; }
fi
(($#)) || set -- 60 200
! in_a_swarm || die "This Docker Engine is in a swarm already: docker swarm leave, or use another machine"
on_exit clean_up
trap 'exit 130' INT TERM HUP
slow=$(slowness)
patience=$((60 * slow))
at_once=$(best_at_once 24)
for apps in "$@"; do try_out "$apps"; done
exit "$failed"
