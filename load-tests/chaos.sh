#!/usr/bin/env bash
# Kills parts of the platform at random, under load, and sees whether all of it agrees in the end. The platform must run with
# the demo app: ./autoserve platform up --demo
#
#   load-tests/chaos.sh [MINUTES]    10; SEED repeats a run's choices, APP_RATE (500) is the load on the app
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
source "$top/load-tests/api.sh"
name=${AUTOSERVE_INSTALLATION:-autoserve}
api=http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}
apps=http://127.0.0.1:${AUTOSERVE_HTTP_PORT:-80}/
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
databases=("$name-postgres-primary" "$name-postgres-replica")
minutes=${1:-10}
RANDOM=${SEED:=$((RANDOM + 1))}

kill_controller() {
    local victim=$name-controller-$((RANDOM % 3 + 1))
    docker kill "$victim" >/dev/null && told "killed $victim"
    sleep $((RANDOM % 4)) # so that two may be dead at once
    docker start "$victim" >/dev/null
}

# The other one must be in sync first: what only a dead database knows is nobody's fault.
kill_database() {
    local victim=${databases[RANDOM % 2]}
    await 60 in_sync || return 0
    docker kill "$victim" >/dev/null && told "killed $victim"
    sleep $((RANDOM % 4))
    docker start "$victim" >/dev/null
}

kill_proxy_worker() {
    local victim
    victim=$(docker top "$name-nginx" -o pid,args | awk '/worker process/ {print $1}' | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [[ $victim ]] && kill -9 "$victim" && told "killed nginx's worker $victim"
}

kill_instance() {
    local victim
    victim=$(instances | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [[ $victim ]] && docker kill "$victim" >/dev/null && told "killed instance ${victim:0:12}"
}

# What must be true in the end

agrees() {
    check "every view is what the tables say, all are there" healthy
    check "rows and engine: the same containers" same "$(rows container_id)" "$(instances | sort)"
    check "rows and nginx: the same instances" same "$(rows id)" "$(routed)"
    check "spec and rows: as many as are wanted" same "$(sql "select sum(replicas) from apps where intent = 'RUN'")" "$(rows id | grep -c .)"
    check "terms in the event log never go back" same 0 "$(sql 'select count(*) from (select epoch, max(epoch) over (order by seq) as newest
        from events where epoch > 0) as told where epoch < newest')"
    check "each container's term told of its instance" every_label_is_told
    check "a reader of the stream missed no event" same "$(told_events)" "$(read_events)"
    echo "  numbers never used, of transactions that were rolled back: $(sql 'select max(seq) - min(seq) + 1 - count(*) from events')"
}

healthy() {
    curl_api -sf -m 10 "$api/api/v1/cluster/health" | grep -q '"healthy":true'
}

rows() {
    sql "select $1 from instances where state = 'RUNNING' and health = 'READY'" | sort
}

instances() {
    docker ps --no-trunc --quiet --filter "label=autoserve.installation=$name" --filter label=autoserve.instance
}

routed() {
    local address token
    address=$(docker inspect --format "{{(index .NetworkSettings.Networks \"$name\").IPAddress}}" "$name-nginx")
    token=$(docker exec "$name-nginx" cat /var/lib/autoserve/proxy/token)
    curl -sf -H "Authorization: Bearer $token" "http://$address:8081/table" | grep -o '"instance":"[0-9]*"' | cut -d '"' -f 4 | sort
}

every_label_is_told() {
    local instance epoch
    while read -r instance epoch; do
        [[ $(sql "select count(*) from events where epoch = $epoch and payload->'instance'->>'id' = '$instance'") -gt 0 ]] || return
    done < <(docker ps --filter "label=autoserve.installation=$name" --filter label=autoserve.instance \
        --format '{{.Label "autoserve.instance"}} {{.Label "autoserve.epoch"}}')
}

told_events() {
    sql "select seq from events where seq between $(read_events | head -1) and $(read_events | tail -1) order by seq"
}

read_events() {
    grep -o '"seq":[0-9]*' "$work/events" | cut -d : -f 2
}

same() {
    [[ $1 == "$2" ]]
}

# Helpers

sql() {
    local database
    for database in "${databases[@]}"; do
        [[ $(query "$database" 'select pg_is_in_recovery()') != f ]] || { query "$database" "$1" && return; }
    done
}

query() {
    docker exec "$1" psql -d autoserve -Atc "$2" 2>/dev/null
}

in_sync() {
    [[ $(sql 'select count(*) from pg_stat_replication where sync_state = $$sync$$') == 1 ]]
}

await() { # await SECONDS COMMAND…
    local end=$((SECONDS + $1))
    until "${@:2}"; do
        ((SECONDS < end)) || return
        sleep 0.5
    done
}

check() { # check WHAT COMMAND…
    if "${@:2}"; then echo "  ok     $1"; else echo "  WRONG  $1" && failed=1; fi
}

told() {
    printf '  %4d s  %s\n' $((SECONDS - begin)) "$1"
}

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0
begin=$SECONDS
echo "chaos for $minutes min, SEED=$SEED"
"$top/autoserve" events --follow --output json --url "$api" >"$work/events" 2>"$work/complaints" &
mkfifo "$work/input"
"$java" "$top/load-tests/SteadyLoad.java" "$api" "$apps" 0 "${APP_RATE:-500}" 20 <"$work/input" >"$work/load" &
load=$!
exec 4>"$work/input"
await 30 grep -q steady "$work/load"
while ((SECONDS - begin < minutes * 60)); do
    sleep $((RANDOM % 5 + 3))
    case $((RANDOM % 10)) in
        0 | 1 | 2) kill_controller ;;
        3) kill_database ;;
        4 | 5 | 6) kill_proxy_worker ;;
        *) kill_instance ;;
    esac || true
done
exec 4>&-
wait "$load" || true # API requests may fail with all controllers dead; what matters is counted below
grep 'sent\|WRONG\|×' "$work/load" | sed 's/^/  /'
grep -q '^app requests .* 0 failed' "$work/load" || failed=1
! grep -q WRONG "$work/load" || failed=1
await 120 in_sync || true
await 120 healthy || true
sleep 5 # what the last pass does
agrees
exit "$failed"
