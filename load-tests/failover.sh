#!/usr/bin/env bash
# Measures what users notice while parts of the platform fail. Load runs through nginx and through
# the controllers' load balancer. Under this load the script causes each fault ROUNDS times. A round
# begins once the platform has recovered from the previous one. Prints the median and the worst
# recovery times. Run it as root, with the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/failover.sh FAULT…    leader-killed, leader-frozen, leader-cut, leader-stopped,
#                                    controllers-rolled, controllers-renewed, authority-rotated,
#                                    database-killed, database-frozen, controllers-dead; all of
#                                    them by default
#
# Times are counted by this machine's clock from just before the signal is sent. They end at:
#   the next leader's first write    the timestamp that the database gave to the event LeaderElected
#   writes are accepted              the answer to the first write that succeeds; the script
#                                    sends writes until one does
#   all others                       the first check that succeeds; the script repeats the check
#
# ROUNDS (10), APP_RATE (500), API_RATE (100) and the variables of docker-compose.yml have defaults.
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"

leader-killed() { leader_gets KILL; }

leader-stopped() { leader_gets TERM; }

leader-frozen() {
    leader_gets STOP
    kill -CONT "$process"
}

# Cuts the leader off from its networks without closing its connections. Takes down the interfaces
# that connect the leader's container to Docker's bridges.
leader-cut() {
    local wires wire
    lead_by
    mapfile -t wires < <(wires_of "$process")
    begin=$(now)
    for wire in "${wires[@]}"; do ip link set "$wire" down; done
    next_leads
    for wire in "${wires[@]}"; do ip link set "$wire" up; done
}

leader_gets() { # leader_gets SIGNAL
    lead_by
    begin=$(now)
    kill -"$1" "$process" # faster than docker kill
    next_leads
    [[ $1 != TERM ]] || { await_or_say gone "$process" && figure "the old leader has ended" "$(now)"; }
}

# Sets `process` to the process id of the leader, and `last` to the seq of the newest event.
lead_by() {
    process=$(docker inspect --format '{{.State.Pid}}' "$(ask leader)")
    last=$(events limit=1 | field seq)
}

next_leads() {
    local elected
    await_or_say leader_elected
    figure "the next leader's first write" "$(millis "$elected")"
}

leader_elected() {
    elected=$(events "type=LeaderElected&after=$last" | field at) && [[ $elected ]]
}

controllers-rolled() {
    local controller
    begin=$(now)
    for controller in "${controllers[@]}"; do
        docker restart "$controller" >/dev/null
        await_or_say ready "$controller"
    done
    figure "all are restarted and ready" "$(now)"
}

# `platform up` recreates the controllers because a variable has changed. A second `platform up`,
# which is not measured, recreates them with the old value.
controllers-renewed() {
    local other=true
    [[ ${AUTOSERVE_ALLOW_HOST_PATHS:-} != true ]] || other=false
    begin=$(now)
    AUTOSERVE_ALLOW_HOST_PATHS=$other "$top/autoserve" platform up >"$work/up" 2>&1 || cat "$work/up"
    figure "all are recreated and ready" "$(now)"
    "$top/autoserve" platform up >"$work/up" 2>&1 || cat "$work/up"
}

# Replaces the authority, and with it the certificate of every part.
authority-rotated() {
    begin=$(now)
    "$top/autoserve" platform rotate-ca >"$work/rotation" 2>&1 || { cat "$work/rotation" && failed=1; }
    figure "every part has a new certificate" "$(now)"
}

database-killed() { database_lost kill start; }

database-frozen() { database_lost pause unpause; }

database_lost() { # database_lost LOSE RETURN: docker commands, such as pause and unpause
    local primary
    primary=$(primary)
    begin=$(now)
    docker "$1" "$primary" >/dev/null
    await_or_say writable
    figure "writes are accepted" "$(now)"
    docker "$2" "$primary" >/dev/null
    await_or_say in_sync
    figure "two databases are in sync" "$(now)"
}

controllers-dead() {
    docker kill "${controllers[@]}" >/dev/null
    sleep 2
    begin=$(now)
    docker start "${controllers[@]}" >/dev/null
    await_or_say writable
    figure "writes are accepted after the start" "$(now)"
}

# Helpers

ask() {
    patiently "$api/api/v1/cluster" | field "$1"
}

events() {
    patiently "$api/api/v1/events?$1"
}

patiently() { # under load an answer may be late
    curl_api -sf -m 2 --retry 5 --retry-all-errors "$@"
}

primary() {
    ask primary | cut -d : -f 1
}

gone() {
    ! kill -0 "$1"
}

no_connection_is_left_behind() {
    local controller process
    for controller in "${controllers[@]}"; do
        process=$(docker inspect --format '{{.State.Pid}}' "$controller")
        nsenter --net --target "$process" ss --no-header --tcp --numeric state established dport = :5432 | awk '{print $3}'
    done >"$work/connected"
    ! sql "select host(client_addr) || ':' || client_port from pg_stat_activity where usename = 'autoserve'" |
        grep --quiet --fixed-strings --line-regexp --invert-match --file "$work/connected"
}

as_before() {
    local controller
    for controller in "${controllers[@]}"; do ready "$controller" || return; done
    healthy && in_sync
}

await_or_say() {
    await 60 "$@" && return
    echo "  timed out after 60 s: $*"
    failed=1
}

millis() { date -d "$1" +%s%3N; }

# figure WHAT TIME: records the milliseconds from the start of the fault until TIME
figure() {
    echo "$(($2 - begin)) $1" >>"$work/figures"
}

figures() {
    cut -d ' ' -f 2- "$work/figures" | awk '!seen[$0]++' | while read -r what; do
        grep " $what$" "$work/figures" | cut -d ' ' -f 1 | sort -n | awk -v what="$what" '{v[NR] = $1}
            END {printf "  %-38s median %6d ms, worst %6d ms of %d\n", what, v[int((NR + 1) / 2)], v[NR], NR}'
    done
}

try_out() {
    local begin process last round
    echo "$1"
    : >"$work/figures"
    begin_reading
    begin_load "${APP_RATE:-500}" "${API_RATE:-100}"
    for ((round = 0; round < ${ROUNDS:-10}; round++)); do
        await_or_say as_before
        "$1"
    done
    await_or_say as_before
    end_load || what_counts_is_well "$1" || failed=1
    figures
    one_acts_at_a_time
    check "a reader of the stream missed no event of a timeline" no_event_was_missed
    end_reading
    check "each connection in a database belongs to a controller" await 30 no_connection_is_left_behind
    grep -v ' done$\|steady' "$work/load" | sed 's/^/    /'
}

# Decides whether failures in the load are permitted. Only controllers-dead permits them, because
# API requests cannot succeed while all controllers are dead. For this fault it only matters that no
# app request failed and no write was lost or done twice.
what_counts_is_well() {
    [[ $1 = controllers-dead ]] && grep -q '^app requests .* 0 failed' "$work/load" && ! grep -q WRONG "$work/load"
}

(($#)) || set -- leader-killed leader-frozen leader-cut leader-stopped controllers-rolled controllers-renewed \
    authority-rotated database-killed database-frozen controllers-dead
for fault in "$@"; do try_out "$fault"; done
echo "took $((SECONDS / 60)) min $((SECONDS % 60)) s"
exit "$failed"
