#!/usr/bin/env bash
# Kills, freezes, cuts off and starves parts of the platform at random, under load and while
# operators change apps, and then checks that spec, rows, Docker, nginx and views agree. Run it as
# root, with the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/chaos.sh [MINUTES]    10 by default
#   SEED              repeats the random choices of an earlier run, which printed it
#   APP_RATE (500)    requests per second to the app
#   OPERATORS (2)     how many operators apply, scale, restart and roll back the same two apps
#   INSIDE (5)        maximum number of requests that may fail for each killed worker of nginx
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

proxies=("$name-nginx" "$name-controller-lb")
minutes=${1:-10}
RANDOM=${SEED:=$((RANDOM + 1))}
operators=()
mend=: # undoes the fault that lasts for a while

on_exit 'set +e; $mend; rm -f "$work/operating"; end_reading; forget_operated; forget_apps; rm -rf "$work"'
trap 'exit 130' INT TERM HUP

kill_controller() {
    local victim=$name-controller-$((RANDOM % 3 + 1))
    docker kill "$victim" >/dev/null && told "killed $victim"
    sleep $((RANDOM % 4)) # so that two may be dead at once
    docker start "$victim" >/dev/null
}

# Waits until the other database is in sync. Otherwise the killed database could have the only copy
# of some data, and its loss would be no error of the platform.
kill_database() {
    local victim=${databases[RANDOM % 2]}
    await 60 in_sync || return 0
    docker kill "$victim" >/dev/null && told "killed $victim"
    sleep $((RANDOM % 4))
    docker start "$victim" >/dev/null
}

kill_proxy_worker() {
    local proxy=${proxies[RANDOM % 2]} victim
    victim=$(docker top "$proxy" -o pid,args | awk '/worker process/ {print $1}' | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [[ $victim ]] || return
    kill -9 "$victim" && told "killed $proxy's worker $victim"
    [[ $proxy != "$name-nginx" ]] || ((++workers)) # app requests do not use the load balancer
}

kill_instance() {
    local victim
    victim=$(instances | shuf -n 1 --random-source=<(yes "$RANDOM"))
    [[ $victim ]] && docker kill "$victim" >/dev/null && told "killed instance ${victim:0:12}"
}

# The faults that last for some seconds. Of the databases, only one is affected at a time, and only
# while the other one is in sync.

freeze() {
    local victim
    victim=$(any_part "$name-etcd" "$name-engine") || return 0
    mend="docker unpause $victim"
    docker pause "$victim" >/dev/null && told "froze $victim"
    last_a_while
}

# Takes down the interfaces of the container, which keeps its connections open.
cut_off() {
    local victim process
    victim=$(any_part) || return 0
    process=$(docker inspect --format '{{.State.Pid}}' "$victim")
    mapfile -t wires < <(wires_of "$process")
    mend=connect
    for wire in "${wires[@]}"; do ip link set "$wire" down; done
    told "cut off $victim"
    last_a_while
}

connect() {
    for wire in "${wires[@]}"; do ip link set "$wire" up; done
}

starve() {
    local victim before
    victim=$(any_part "$name-etcd" "$name-engine") || return 0
    before=$(docker inspect --format '{{.HostConfig.NanoCpus}}' "$victim")
    mend="docker update --cpus $(awk -v nano="$before" 'BEGIN {print nano / 1e9}') $victim"
    docker update --cpus 0.05 "$victim" >/dev/null && told "starved $victim"
    last_a_while
}

# any_part OTHER…: prints the name of a controller, a database or another part
any_part() {
    local all=("${controllers[@]}" "${databases[@]}" "$@") victim
    victim=${all[$(pick ${#all[@]})]}
    [[ $victim != *-postgres-* ]] || await 60 in_sync || return
    echo "$victim"
}

last_a_while() {
    sleep $((RANDOM % 8 + 3))
    $mend >/dev/null
    mend=:
}

# pick N: prints the number below N that `chance` selects. A subshell cannot advance the RANDOM of
# this shell, so the main loop draws `chance` for it.
pick() {
    echo $((chance % $1))
}

# Operators

# Changes the two apps at random, together with other operators, until the file `operating` is gone.
# Records the status of each answer.
operate() { # operate NUMBER
    RANDOM=$((SEED + $1))
    while [[ -e $work/operating ]]; do
        operation $((RANDOM % 10)) "chaos-$((RANDOM % 2 + 1))" >>"$work/operations" || true
        sleep 0.$((RANDOM % 9 + 1))
    done
}

operation() { # operation CHOICE APP
    case $1 in
        0 | 1 | 2) operated_spec "$2" $((RANDOM % 3 + 1)) | send apply PUT "apps/$2" -H 'Content-Type: application/yaml' --data-binary @- ;;
        3 | 4 | 5) send scale POST "apps/$2/scale" -H 'Content-Type: application/json' --data "{\"replicas\": $((RANDOM % 4))}" ;;
        6) send restart POST "apps/$2/restart" ;;
        7) send undo POST "apps/$2/rollout/undo" ;;
        8) send drain POST "nodes/$node/drain" ;; # refused, because the node is the only one
        9) send uncordon POST "nodes/$node/uncordon" ;;
    esac
}

send() { # send NAME METHOD PATH CURL-ARGUMENT…: prints the status and the name
    curl_api -s -m 30 -X "$2" -o /dev/null -w "%{http_code} $1\n" "$api/api/v1/$3" "${@:4}"
}

operated_spec() { # operated_spec APP REPLICAS
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $1}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  environment: [{name: CHANGE, value: '$RANDOM'}]
  stopGraceSeconds: 2
scaling: {mode: manual, minReplicas: $2, maxReplicas: 4}
rollout: {drainSeconds: 1, watchSeconds: 0}
YAML
}

begin_operating() {
    local number
    : >"$work/operations"
    node=$(curl_api -sf -m 10 "$api/api/v1/nodes" | field name)
    : >"$work/operating"
    for number in 1 2; do
        operated_spec "chaos-$number" 1 | send apply PUT "apps/chaos-$number" -H 'Content-Type: application/yaml' --data-binary @- >/dev/null
    done
    for ((number = 1; number <= ${OPERATORS:-2}; number++)); do
        operate "$number" &
        operators+=($!)
    done
}

end_operating() {
    rm -f "$work/operating"
    ((${#operators[@]} == 0)) || wait "${operators[@]}" || true
    echo "  operations by answer: $(by_answer "$work/operations")"
    check "no operator got an internal error" test "$(grep -c '^500 ' "$work/operations")" -eq 0
    check "no drain of the only node was permitted" test "$(grep -c '^2.. drain' "$work/operations")" -eq 0
}

forget_operated() {
    local number
    for number in 1 2; do curl_api -s -m 30 -X DELETE -o /dev/null "$api/api/v1/apps/chaos-$number"; done
}

# What must be true in the end

# Succeeds if the number of instances is the desired number, and all of them are ready. Changes of
# the operators may still be under way when the load ends.
as_desired() {
    same "$(sql "select coalesce(sum(replicas), 0) from apps where intent = 'RUN'")" "$(rows id | grep -c .)" &&
        same "$(sql 'select count(*) from instances')" "$(rows id | grep -c .)"
}

agrees() {
    check "all controllers run, and their views agree with the tables" healthy
    check "rows and Docker have the same containers" same "$(rows container_id)" "$(instances | sort)"
    check "rows and nginx have the same instances" same "$(rows id)" "$(routed)"
    check "the number of instances in the rows is the desired number" same "$(sql "select sum(replicas) from apps where intent = 'RUN'")" "$(rows id | grep -c .)"
    one_acts_at_a_time
    check "a reader of the stream missed no event of a timeline" no_event_was_missed
    echo "  events that were read and then lost in a failover of the database: $(taken_back)"
    echo "  event numbers that no event has, because the transaction was rolled back: $(sql 'select max(seq) - min(seq) + 1 - count(*) from events')"
}

rows() {
    sql "select $1 from instances where state = 'RUNNING' and health = 'READY'" | sort
}

instances() {
    docker ps --no-trunc --quiet --filter "label=autoserve.installation=$name" --filter label=autoserve.instance
}

routed() {
    docker exec "$name-nginx" bash -c '
        read -r token </var/lib/autoserve/proxy/token
        exec 3<>/dev/tcp/127.0.0.1/8081
        printf "GET /table HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" "$token" >&3
        cat <&3' | grep -o '"instance":"[0-9]*"' | cut -d '"' -f 4 | sort
}

# Prints how many events the reader received and the database no longer has. Such an event became
# visible before the standby had it, and its write was never acknowledged.
taken_back() {
    awk 'NR == FNR {told[$1]; next} !($2 in told)' "$work/told" <(read_events) | wc -l
}

# Helpers

told() {
    printf '  %4d s  %s\n' $((SECONDS - begin)) "$1"
}

# Decides which failed app requests are permitted. When a worker of nginx is killed, the requests
# that it was handling are lost, and so are requests that arrive on its kept-alive connections.
# Nothing can repeat them. Their number is at most the number of requests that the load has in
# flight at that time. Any other failed app request is an error.
judge_load() {
    local failures resets
    grep 'sent\|WRONG\|×\|waited' "$work/load" | sed 's/^/  /'
    failures=$(app_failures)
    resets=$(broken_off)
    echo "  app requests that broke off in $workers killed workers of nginx: $resets"
    check "no other app request failed" same "$failures" "$resets"
    check "at most $INSIDE requests were lost for each killed worker" test "$resets" -le $((workers * INSIDE))
    check "no write was lost or done twice" no_write_is_wrong
}

no_write_is_wrong() {
    ! grep -q WRONG "$work/load"
}

app_failures() {
    sed -n 's/^app requests .* \([0-9]*\) failed.*/\1/p' "$work/load"
}

# Prints how many app requests broke off. Their results come first in the file, before "API reads".
broken_off() {
    sed '/^API reads/,$d' "$work/load" | awk '/×/ && /EOF reached|Connection reset|header parser received no bytes|closed|GOAWAY/ {n += $1} END {print n + 0}'
}

workers=0
# 500 requests/s of 10 ms each are 5 in flight. 1.6 lost requests for each worker were measured.
INSIDE=${INSIDE:-5}
begin=$SECONDS
echo "chaos for $minutes min, SEED=$SEED"
begin_reading
begin_load "${APP_RATE:-500}" 20
begin_operating
while ((SECONDS - begin < minutes * 60)); do
    sleep $((RANDOM % 5 + 3))
    chance=$RANDOM
    case $((RANDOM % 13)) in
        0 | 1 | 2) kill_controller ;;
        3) kill_database ;;
        4 | 5 | 6) kill_proxy_worker ;;
        7) freeze ;;
        8) cut_off ;;
        9) starve ;;
        *) kill_instance ;;
    esac || true
done
end_operating
end_load || true # API requests may fail while all controllers are dead; the checks below decide
judge_load
check "both databases are back, in sync" await 120 in_sync
await 120 healthy || true
await 180 as_desired || true
sleep 5 # until the effects of the leader's last pass are complete
agrees
exit "$failed"
