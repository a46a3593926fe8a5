#!/usr/bin/env bash
# What users notice while parts of the platform die: load through nginx and through the controllers' load balancer, and
# in the middle of it one fault. The platform must run with the demo app: ./autoserve platform up --demo
#
#   load-tests/failover.sh FAULT…    leader-killed, leader-frozen, leader-stopped, controllers-rolled, database-killed,
#                                    database-frozen, controllers-dead; all without an argument
#
# SECONDS_EACH (40), APP_RATE (500), API_RATE (100) and the variables of docker-compose.yml have defaults.
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
name=${AUTOSERVE_INSTALLATION:-autoserve}
api=http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}
apps=http://127.0.0.1:${AUTOSERVE_HTTP_PORT:-80}/
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
controllers=("$name-controller-"{1..3})

leader-killed() {
    local leader
    leader=$(ask leader)
    docker kill "$leader" >/dev/null && told "killed $leader, which ended after $(since "$(ended "$leader")") ms"
    await_leader_after "$leader"
    docker start "$leader" >/dev/null
}

leader-frozen() {
    local leader
    leader=$(ask leader)
    docker pause "$leader" >/dev/null && told "froze $leader"
    await_leader_after "$leader"
    sleep 5
    docker unpause "$leader" >/dev/null && told "let $leader go on"
}

leader-stopped() {
    local leader
    leader=$(ask leader)
    (docker stop "$leader" >/dev/null && told "it had ended") &
    local ending=$!
    told "asked $leader to end"
    await_leader_after "$leader"
    wait "$ending"
    docker start "$leader" >/dev/null
}

controllers-rolled() {
    local controller
    for controller in "${controllers[@]}"; do
        docker restart "$controller" >/dev/null
        await ready "$controller"
        told "$controller was restarted and is ready"
    done
}

database-killed() {
    local primary
    primary=$(primary)
    docker kill "$primary" >/dev/null && told "killed $primary"
    await writable
    told "writes are accepted by $(primary)"
    docker start "$primary" >/dev/null
    await in_sync
    told "two databases are in sync"
}

database-frozen() {
    local primary
    primary=$(primary)
    docker pause "$primary" >/dev/null && told "froze $primary"
    await writable
    told "writes are accepted by $(primary)"
    docker unpause "$primary" >/dev/null
    await in_sync
    told "two databases are in sync"
}

controllers-dead() { # no API meanwhile: what counts are the app requests
    docker kill "${controllers[@]}" >/dev/null && told "killed all controllers"
    sleep 10
    docker start "${controllers[@]}" >/dev/null && told "started them"
    await writable
    told "writes are accepted"
}

# Helpers

ask() {
    curl -sf -m 2 "$api/api/v1/cluster" | grep -o "\"$1\":\"[^\"]*\"" | head -1 | cut -d '"' -f 4
}

# Its epoch and moment are in the leader's row; the moment of its first event is that of its first write.
await_leader_after() {
    await another_leader "$1"
    told "$(ask leader) leads since $(since "$(ask leaderSince)") ms"
}

another_leader() {
    local now
    now=$(ask leader) && [[ -n $now && $now != "$1" ]]
}

primary() {
    ask primary | cut -d : -f 1
}

writable() {
    curl -sf -m 10 -X PUT -H 'Content-Type: application/json' "$api/api/v1/apps/load-probe" -d '{"apiVersion": "v1",
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

await() {
    local try
    for ((try = 0; try < 1200; try++)); do
        "$@" 2>/dev/null && return
        sleep 0.05
    done
    told "waited in vain for: $*"
}

told() {
    printf '  %6d ms  %s\n' $(($(date +%s%3N) - begin)) "$1"
}

ended() {
    docker inspect --format '{{.State.FinishedAt}}' "$1"
}

# since TIME: milliseconds from the fault until then.
since() {
    echo $(($(date -d "$1" +%s%3N) - begin))
}

try_out() {
    local load begin
    await writable
    echo "$1"
    "$java" "$top/load-tests/SteadyLoad.java" "$api" "$apps" "${SECONDS_EACH:-40}" "${APP_RATE:-500}" "${API_RATE:-100}" >"$work" &
    load=$!
    await grep -q steady "$work"
    sleep 3
    begin=$(date +%s%3N)
    "$1"
    wait "$load" || failed=1
    grep -v 'done$\|steady' "$work" | sed 's/^/    /'
}

work=$(mktemp)
trap 'rm -f "$work"' EXIT
failed=0
(($#)) || set -- leader-killed leader-frozen leader-stopped controllers-rolled database-killed database-frozen \
    controllers-dead
for fault in "$@"; do try_out "$fault"; done
exit "$failed"
