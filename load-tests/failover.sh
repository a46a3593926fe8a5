#!/usr/bin/env bash
# What users notice while parts of the platform die: load through nginx and through the controllers' load balancer, and
# in the middle of it one fault, ROUNDS times; then the median and the worst of how long it took to be as before.
# The platform must run with the demo app: ./autoserve platform up --demo
#
#   load-tests/failover.sh FAULT…    leader-killed, leader-frozen, leader-stopped, controllers-rolled, database-killed,
#                                    database-frozen, controllers-dead; all without an argument
#
# ROUNDS (10), APP_RATE (500), API_RATE (100) and the variables of docker-compose.yml have defaults.
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

leader-killed() {
    local leader
    leader=$(ask leader)
    docker kill "$leader" >/dev/null
    begin=$(millis "$(docker inspect --format '{{.State.FinishedAt}}' "$leader")") # kill -9 itself takes the engine a while
    await_leader_after "$leader"
    docker start "$leader" >/dev/null
    await_or_say ready "$leader"
}

leader-frozen() {
    local leader
    leader=$(ask leader)
    docker pause "$leader" >/dev/null
    begin=$(frozen_at "$leader")
    await_leader_after "$leader"
    sleep 3 # so that it returns long after its term
    docker unpause "$leader" >/dev/null
    await_or_say ready "$leader"
}

leader-stopped() {
    local leader
    leader=$(ask leader)
    docker stop "$leader" >/dev/null &
    await_leader_after "$leader"
    wait $!
    figure "it had ended" "$(now)"
    docker start "$leader" >/dev/null
    await_or_say ready "$leader"
}

controllers-rolled() {
    local controller
    for controller in "${controllers[@]}"; do
        docker restart "$controller" >/dev/null
        await_or_say ready "$controller"
    done
    figure "all are restarted and ready" "$(now)"
}

database-killed() { database_lost kill start; }

database-frozen() { database_lost pause unpause; }

database_lost() { # database_lost LOSE RETURN, as the engine calls it
    local primary
    primary=$(primary)
    docker "$1" "$primary" >/dev/null
    await_or_say writable
    figure "writes are accepted" "$(now)"
    docker "$2" "$primary" >/dev/null
    await_or_say in_sync
    figure "two databases are in sync" "$(now)"
}

controllers-dead() { # no API meanwhile: what counts are the app requests
    docker kill "${controllers[@]}" >/dev/null
    sleep 5
    begin=$(now)
    docker start "${controllers[@]}" >/dev/null
    await_or_say writable
    figure "writes are accepted" "$(now)"
    local controller
    for controller in "${controllers[@]}"; do await_or_say ready "$controller"; done
}

# Helpers

ask() {
    curl_api -sf -m 2 "$api/api/v1/cluster" | grep -o "\"$1\":\"[^\"]*\"" | head -1 | cut -d '"' -f 4
}

# Since when it leads is in the leader's row: the moment of its first fenced write.
await_leader_after() {
    await_or_say another_leader "$1"
    figure "the next leader's first write" "$(millis "$(ask leaderSince)")"
}

# When the engine had frozen it, which by itself takes a while.
frozen_at() {
    docker events --since "$((begin / 1000))" --until "$(($(now) / 1000 + 1))" --filter "container=$1" --filter event=pause \
        --format '{{.TimeNano}}' | tail -1 | cut -c 1-13
}

another_leader() {
    local now
    now=$(ask leader) && [[ -n $now && $now != "$1" ]]
}

primary() {
    ask primary | cut -d : -f 1
}

writable() {
    curl_api -sf -m 10 -X PUT -H 'Content-Type: application/json' "$api/api/v1/apps/load-probe" -d '{"apiVersion": "v1",
        "kind": "App", "metadata": {"name": "load-probe"}, "spec": {"image": "none", "ports": [{"containerPort": 80}]},
        "scaling": {"mode": "manual", "minReplicas": 0}}' >/dev/null
}

in_sync() {
    docker exec "$(primary)" psql -Atc 'select sync_state from pg_stat_replication' | grep -q sync
}

ready() {
    docker exec "$1" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8000 && printf "GET /health/ready HTTP/1.0\r\nHost: x\r\n\r\n" >&3 &&
        read -r _ status _ <&3 && [[ $status = 200 ]]'
}

await_or_say() {
    await 60 "$@" && return
    echo "  waited in vain for: $*"
    failed=1
}

now() { date +%s%3N; }

millis() { date -d "$1" +%s%3N; }

# figure WHAT MOMENT: in milliseconds since the fault began
figure() {
    echo "$(($2 - begin)) $1" >>"$work/figures"
}

figures() {
    cut -d ' ' -f 2- "$work/figures" | awk '!seen[$0]++' | while read -r what; do
        grep " $what$" "$work/figures" | cut -d ' ' -f 1 | sort -n | awk -v what="$what" '{v[NR] = $1}
            END {printf "  %-30s median %6d ms, worst %6d ms of %d\n", what, v[int((NR + 1) / 2)], v[NR], NR}'
    done
}

try_out() {
    local begin round
    await_or_say writable
    echo "$1"
    : >"$work/figures"
    begin_load "${APP_RATE:-500}" "${API_RATE:-100}"
    for ((round = 0; round < ${ROUNDS:-10}; round++)); do
        sleep 3
        begin=$(now)
        "$1"
    done
    sleep 3
    end_load || failed=1
    figures
    grep -v ' done$\|steady' "$work/load" | sed 's/^/    /'
}

(($#)) || set -- leader-killed leader-frozen leader-stopped controllers-rolled database-killed database-frozen \
    controllers-dead
for fault in "$@"; do try_out "$fault"; done
exit "$failed"
