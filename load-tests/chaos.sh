#!/usr/bin/env bash
# Kills parts of the platform at random, under load, and then checks that spec, rows, Docker, nginx
# and views agree. The platform must run with the demo app: ./autoserve platform up --demo
#
#   load-tests/chaos.sh [MINUTES]    10 by default
#   SEED              repeats the random choices of an earlier run, which printed it
#   APP_RATE (500)    requests per second to the app
#   INSIDE (5)        maximum number of requests that may fail for each killed worker of nginx
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

proxies=("$name-nginx" "$name-controller-lb")
minutes=${1:-10}
RANDOM=${SEED:=$((RANDOM + 1))}

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

# What must be true in the end

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
    grep 'sent\|WRONG\|×' "$work/load" | sed 's/^/  /'
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
while ((SECONDS - begin < minutes * 60)); do
    sleep $((RANDOM % 5 + 3))
    case $((RANDOM % 10)) in
        0 | 1 | 2) kill_controller ;;
        3) kill_database ;;
        4 | 5 | 6) kill_proxy_worker ;;
        *) kill_instance ;;
    esac || true
done
end_load || true # API requests may fail while all controllers are dead; the checks below decide
judge_load
check "both databases are back, in sync" await 120 in_sync
await 120 healthy || true
sleep 5 # until the effects of the leader's last pass are complete
agrees
exit "$failed"
