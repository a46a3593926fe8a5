# shellcheck shell=bash
# What the load tests of the highly available platform share. The platform must run with the demo
# app: ./autoserve platform up --demo
# If it does not use the standard ports, set the same variables as for docker-compose.yml.

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
name=${AUTOSERVE_INSTALLATION:-autoserve}
api=http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}
apps=http://127.0.0.1:${AUTOSERVE_HTTP_PORT:-80}/
controllers=("$name-controller-"{1..3})
databases=("$name-postgres-primary" "$name-postgres-replica")
# shellcheck source=load-tests/api.sh
source "$top/load-tests/api.sh"
# shellcheck source=src/main/sh/patroni.sh
source "$top/src/main/sh/patroni.sh"
java=$(java_home)/bin/java

work=$(mktemp -d)
reader=
trap 'end_reading; forget_apps; rm -rf "$work"' EXIT
failed=0

# The apps that the load made, none of which has an instance; returns when they are gone.
forget_apps() {
    local app
    for app in $(made_apps); do curl_api -sf -m 10 -X DELETE -o /dev/null "$api/api/v1/apps/$app" || true; done
    await 30 none_is_left || true
}

none_is_left() {
    [[ -z $(made_apps) ]]
}

made_apps() {
    curl_api -sf -m 10 "$api/api/v1/apps" | grep -o '"name":"\(load\|fanout\)-[a-z0-9]*"' | cut -d '"' -f 4 | sort -u
}

# begin_load APP-RATE API-RATE: until end_load, whose tally is then in $work/load.
begin_load() {
    mkfifo "$work/input" # the load ends when we close it
    "$java" "$top/load-tests/SteadyLoad.java" "$api" "$apps" 0 "$1" "$2" <"$work/input" >"$work/load" &
    load=$!
    exec {input}>"$work/input"
    await 60 grep -q steady "$work/load"
}

# Fails as the load does: where a request failed, or a write was lost or done twice.
end_load() {
    exec {input}>&-
    rm "$work/input"
    wait "$load"
}

# begin_reading: until end_reading, what the stream of events tells goes to $work/events.
begin_reading() {
    "$top/autoserve" events --follow --output json --url "$api" >"$work/events" 2>"$work/complaints" &
    reader=$!
}

end_reading() {
    [[ -z $reader ]] || kill "$reader" || true
    reader=
}

# All controllers are there, one leads, every view is what the tables say, and the replica follows.
healthy() {
    curl_api -sf -m 10 "$api/api/v1/cluster/health" | grep -q '"healthy":true'
}

# await SECONDS COMMAND…
await() {
    local end=$((SECONDS + $1))
    until "${@:2}" 2>/dev/null; do
        ((SECONDS < end)) || return
        sleep 0.05
    done
}

# By the event log and by the labels of containers, which name the term that made them.
one_acts_at_a_time() {
    check "terms in the event log never go back" same 0 "$(sql 'select count(*) from (select epoch, max(epoch) over (order by seq) as newest
        from events where epoch > 0) as told where epoch < newest')"
    check "each container's term told of its instance" every_label_is_told
}

every_label_is_told() {
    local instance epoch
    while read -r instance epoch; do
        [[ $(sql "select count(*) from events where epoch = $epoch and payload->'instance'->>'id' = '$instance'") -gt 0 ]] || return
    done < <(docker ps --filter "label=autoserve.installation=$name" --filter label=autoserve.instance \
        --format '{{.Label "autoserve.instance"}} {{.Label "autoserve.epoch"}}')
}

check() { # check WHAT COMMAND…
    if "${@:2}"; then echo "  ok     $1"; else echo "  WRONG  $1" && failed=1; fi
}

same() {
    [[ $1 == "$2" ]]
}

sql() {
    local database
    for database in "${databases[@]}"; do
        [[ $(query "$database" 'select pg_is_in_recovery()') != f ]] || { query "$database" "$1" && return; }
    done
}

query() {
    docker exec "$1" psql -d autoserve -Atc "$2" 2>/dev/null
}

# Within each timeline that the reader was told of: a failover of the database begins a new one, and the reader is told to
# read the state anew instead of what happened meanwhile. What comes behind the first that was taken back is compared no more:
# its number may have been given again.
no_event_was_missed() {
    local timeline
    [[ -s $work/events ]] || return
    sql 'select seq from events order by seq' >"$work/told"
    for timeline in $(read_events | cut -d ' ' -f 1 | sort -un); do
        read_events | awk -v "timeline=$timeline" '$1 == timeline {print $2}' >"$work/read"
        awk 'pass == 1 {told[$1]; next}
            pass == 2 {if (!($1 in told)) nextfile; read[$1]; if (!first) first = $1; last = $1; next}
            $1 >= first && $1 <= last && !($1 in read) {print "         missed " $1; missed = 1}
            END {exit missed}' pass=1 "$work/told" pass=2 "$work/read" pass=3 "$work/told" || return
    done
}

read_events() {
    grep -o '"seq":[0-9]*,"timeline":[0-9]*' "$work/events" | sed 's/"seq":\([0-9]*\),"timeline":\([0-9]*\)/\2 \1/'
}
