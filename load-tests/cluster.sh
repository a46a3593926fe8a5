# shellcheck shell=bash
# Functions that the load tests of the highly available platform share. The platform must run with
# the demo app: ./autoserve platform up --demo
# If the platform does not use the standard ports, set the same variables as for docker-compose.yml.
#   HTTP    address of nginx instead of that of its container; see traffic.sh

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
name=${AUTOSERVE_INSTALLATION:-autoserve}
api=http://127.0.0.1:${AUTOSERVE_API_PORT:-8000}
controllers=("$name-controller-"{1..3})
databases=("$name-postgres-primary" "$name-postgres-replica")
# shellcheck source=load-tests/api.sh
source "$top/load-tests/api.sh"
# shellcheck source=load-tests/traffic.sh
source "$top/load-tests/traffic.sh"
# shellcheck source=src/main/sh/patroni.sh
source "$top/src/main/sh/patroni.sh"
java=$(java_home)/bin/java
apps=${HTTP:-$(nginx_url "$name-nginx" "${AUTOSERVE_HTTP_PORT:-80}")}/

work=$(mktemp -d)
reader=
on_exit 'end_reading; forget_apps; rm -rf "$work"'
failed=0

# Deletes the apps that the load created, and returns when they are gone. None has an instance.
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

# begin_load APP-RATE API-RATE: starts the load, which runs until end_load. Its results are then in
# $work/load.
begin_load() {
    mkfifo "$work/input" # the load ends when we close it
    "$java" "$top/load-tests/SteadyLoad.java" "$api" "$apps" 0 "$1" "$2" <"$work/input" >"$work/load" &
    load=$!
    exec {input}>"$work/input"
    await 60 grep -q steady "$work/load"
}

# Ends the load. Fails if a request failed, or if a write was lost or done twice.
end_load() {
    exec {input}>&-
    rm "$work/input"
    wait "$load"
}

# begin_reading: writes the stream of events to $work/events until end_reading
begin_reading() {
    "$top/autoserve" events --follow --output json --url "$api" >"$work/events" 2>"$work/complaints" &
    reader=$!
}

end_reading() {
    [[ -z $reader ]] || kill "$reader" || true
    reader=
}

# Succeeds if all controllers run, one leads, every view agrees with the tables, and the standby
# streams from the primary.
healthy() {
    curl_api -sf -m 10 "$api/api/v1/cluster/health" | grep -q '"healthy":true'
}

# Succeeds if a write is answered.
writable() {
    curl_api -sf -m 10 -X PUT -H 'Content-Type: application/json' "$api/api/v1/apps/load-probe" -d '{"apiVersion": "v1",
        "kind": "App", "metadata": {"name": "load-probe"}, "spec": {"image": "none", "ports": [{"containerPort": 80}]},
        "scaling": {"mode": "manual", "minReplicas": 0}}' >/dev/null
}

# app_spec APP VALUE: prints the spec of an app without instances. Another value is another revision.
app_spec() {
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $1}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  environment: [{name: CHANGE, value: '$2'}]
scaling: {mode: manual, minReplicas: 0, maxReplicas: 1}
YAML
}

# micros_of PROCESS: prints the processor time of the process's container in microseconds. Processes that
# Docker starts in the container for a health check are included.
micros_of() {
    local path root
    root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)cpuacct(,|$)/ {print $2; exit}' /proc/mounts)
    if [[ $root ]]; then
        path=$(awk -F : '$2 ~ /(^|,)cpuacct(,|$)/ {print $3}' "/proc/$1/cgroup")
        echo $(($(<"$root$path/cpuacct.usage") / 1000))
    else
        root=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
        path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
        awk '$1 == "usage_usec" {print $2}' "$root$path/cpu.stat"
    fi
}

# ready CONTROLLER: succeeds if this controller answers API requests
ready() {
    local number=${1##*-} port
    port=AUTOSERVE_CONTROLLER_${number}_PORT
    curl -sf -m 1 -o /dev/null "http://127.0.0.1:${!port:-800$number}/health/ready"
}

# wires_of PROCESS: prints the names of the interfaces that connect the process's container to
# Docker's bridges
wires_of() {
    local number
    for number in $(nsenter --net --target "$1" ip -oneline link show | grep -o 'eth[0-9]*@if[0-9]*'); do
        ip -oneline link | sed -n "s/^${number#*@if}: \([^@]*\)@.*/\1/p"
    done
}

# await SECONDS COMMAND…
await() {
    local end=$((SECONDS + $1))
    until "${@:2}" 2>/dev/null; do
        ((SECONDS < end)) || return
        sleep 0.05
    done
}

# Checks that two leaders never acted at the same time. Uses the event log and the containers'
# labels, which contain the epoch in which the container was created.
one_acts_at_a_time() {
    check "epochs in the event log never decrease" same 0 "$(sql 'select count(*) from (select epoch, max(epoch) over (order by seq) as newest
        from events where epoch > 0) as told where epoch < newest')"
    check "the epoch in each container's label has an event of its instance" every_label_is_told
}

every_label_is_told() {
    local instance epoch
    while read -r instance epoch; do
        [[ $(sql "select count(*) from events where epoch = $epoch and payload->'instance'->>'id' = '$instance'") -gt 0 ]] || return
    done < <(docker ps --filter "label=autoserve.installation=$name" --filter label=autoserve.instance \
        --format '{{.Label "autoserve.instance"}} {{.Label "autoserve.epoch"}}')
}

# sql QUERY: prints the primary's answer, or to stderr why there is none
sql() {
    local database standby
    for database in "${databases[@]}"; do
        standby=$(query "$database" 'select pg_is_in_recovery()') || continue
        [[ $standby != f ]] || { query "$database" "$1" && return; }
    done 2>"$work/refusals"
    { echo "  no primary database answered: $1" && sed 's/^/    /' "$work/refusals"; } >&2
}

query() {
    docker exec "$1" psql -d autoserve -Atc "$2"
}

# Compares the events that the reader got with those in the database, for each timeline separately.
# A failover of the database starts a new timeline. The reader is then told to read the state again,
# and does not get the events in between. A failover can also lose events that the reader already
# has. New events may reuse their numbers, so in a timeline the comparison ends at the first event
# that was lost.
no_event_was_missed() {
    local timeline
    [[ -s $work/events ]] || return
    sql 'select seq from events order by seq' >"$work/told"
    [[ -s $work/told ]] || return
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
