#!/usr/bin/env bash
# Takes the processors away from the platform, and checks that it stays in control: that its own
# retries add no load, that nothing fails over, and that it recovers at once. Run it as root, with
# the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/starved.sh PART…    all of them by default
#
#   loops              eight busy loops, each in its own session. With autogroup scheduling, each
#                      weighs as much as a container
#   apps               six instances that use all the processor time that they can get
#   controllers        each controller gets 10 % of a processor
#   controllers-below  each controller gets 5 %
#   databases          each database gets 10 % of a processor
#   databases-below    each database gets 5 %
#
# Meanwhile the script sends one write and ten GETs of an app per second, and reads the stream of
# events. It counts the connections that the databases receive from all clients, which PostgreSQL
# logs for this time (log_connections). Fails unless all of this holds:
#   - With 20 % of a processor or more for the platform, or for the parts that have a quota: the 99th
#     percentile of the writes is at most 5 s, and no GET failed.
#   - With less: the databases receive at most 10 connections per second.
#   - No database failed over.
#   - Within 10 s after the end, every controller is ready, a write takes less than 1 s, the stream
#     has the newest event, and all containers of the platform pass their health checks.
#
# Prints each write that failed or took longer than 5 s, with its time and the reason.
#
# SECONDS_EACH (180): duration of each part
set -euo pipefail

# shellcheck source=load-tests/cluster.sh
source "$(dirname "$(readlink -f "$0")")/cluster.sh"
# shellcheck source=src/main/sh/checks.sh
source "$top/src/main/sh/checks.sh"

seconds=${SECONDS_EACH:-180}
write_patience=30 # seconds; a write that failed counts as this long, however soon it failed
write_bar=5       # seconds; for the 99th percentile
burner='load-burner'
hogs=()
probe=
begun=false
declare -A quotas=() # in nanoprocessors, as they were

on_exit 'set +e; weigh 0; relieve; end_probe; end_reading; log_connections reset; forget_burner; forget_apps; rm -rf "$work"'
trap 'exit 130' INT TERM HUP

# The parts: each takes processor time away until `relieve`

loops() {
    local loop
    for ((loop = 0; loop < 8; loop++)); do
        setsid bash -c 'while :; do :; done' &
        hogs+=($!)
    done
}

apps() {
    local address core
    burner_spec | curl_api -sf -m 60 -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null "$api/api/v1/apps/$burner"
    await 120 burners_ready || die "the six instances of $burner are not ready: ./autoserve status $burner"
    for address in $(burner_addresses); do
        for ((core = 0; core < $(nproc); core++)); do # each request uses one more processor
            curl -sf -m 10 -X POST -o /dev/null "http://$address:8080/knob/busy?ms=$((seconds * 1000))"
        done
    done
}

controllers() { limit 0.10 "${controllers[@]}"; }
controllers-below() { limit 0.05 "${controllers[@]}"; }
databases() { limit 0.10 "${databases[@]}"; }
databases-below() { limit 0.05 "${databases[@]}"; }

limit() { # limit PROCESSORS CONTAINER…
    local container
    for container in "${@:2}"; do
        quotas[$container]=$(docker inspect --format '{{.HostConfig.NanoCpus}}' "$container")
        docker update --cpus "$1" "$container" >/dev/null
    done
    granted=$(awk -v each="$1" -v number=$(($# - 1)) 'BEGIN {print int(100 * each * number + 0.5)}')
}

relieve() {
    local container
    ((${#hogs[@]} == 0)) || kill "${hogs[@]}" 2>/dev/null || true
    hogs=()
    for container in "${!quotas[@]}"; do
        docker update --cpus "$(awk -v nano="${quotas[$container]}" 'BEGIN {print nano / 1e9}')" "$container" >/dev/null
    done
    quotas=()
    [[ ${part-} != apps ]] || forget_burner
}

# One part

try_out() {
    local part=$1 granted='' timeline before used from attempts deadline number share
    writers=()
    echo "$part, for $seconds s"
    await 180 settled || echo "  the platform is not settled before the start"
    : >"$work/writes"
    timeline=$(timeline)
    begin_reading
    begin_probe
    "$part"
    before=$(processor_micros)
    from=$(date +%s)
    for ((number = 0; number < seconds; number++)); do
        write "$number" &
        writers[number]=$!
        sleep 1
    done
    used=$(($(processor_micros) - before))
    attempts=$(connections_since "$from")
    relieve
    deadline=$((SECONDS + 10))
    check "every controller is ready within 10 s" in_time all_ready
    check "a write takes less than 1 s within 10 s" in_time quick_write
    check "the stream has the newest event within 10 s" in_time caught_up
    check "all containers of the platform pass their health checks within 10 s" in_time checks_pass
    wait "${writers[@]}" || true
    end_probe
    end_reading
    share=$((100 * used / 1000000 / seconds))
    echo "  the platform used $share % of a processor; load average $(cut -d ' ' -f 1 /proc/loadavg) on $(nproc)"
    judge "${granted:-$share}"
    check "no database failed over" same "$timeline" "$(timeline)"
}

judge() { # judge PERCENT: of a processor, that the starved parts had
    local sent failed p99 worst gets failed_gets rate
    read -r sent failed p99 worst < <(write_figures)
    read -r gets failed_gets _ _ _ < <(tail -1 "$work/probe")
    rate=$(awk -v attempts="$attempts" -v seconds="$seconds" 'BEGIN {printf "%.1f", attempts / seconds}')
    echo "  writes: $failed of $sent failed (each counts as $write_patience s), p99 $p99 ms, worst $worst ms; GETs of the app: $failed_gets of $gets failed; connections to the databases: $rate per second"
    late_writes
    if (($1 >= 20)); then
        check "writes with $1 % of a processor: p99 $p99 ms (at most $write_bar s)" test "$p99" -le $((1000 * write_bar))
        check "GETs of the app with $1 % of a processor: $failed_gets failed (none may)" same 0 "$failed_gets"
    else
        check "connections with $1 % of a processor: $rate per second (at most 10)" test "$attempts" -le $((10 * seconds))
    fi
}

# Measurements

# Sets the nice value of this session, which decides its share with autogroup scheduling. This script
# measures, so it must not be starved itself.
weigh() { # weigh NICE
    [[ ! -e /proc/$$/autogroup ]] || echo "$1" >"/proc/$$/autogroup" || true
}

# write NUMBER: changes the app. Records the status, the seconds, the number, the time of the start and
# what went wrong.
write() {
    local answer begin
    begin=$(date +%T.%3N)
    answer=$(app_spec load-starved "$1" | curl_api -sS -m "$write_patience" -X PUT -H 'Content-Type: application/yaml' --data-binary @- \
        -o "$work/answer-$1" -w '%{http_code} %{time_total}' "$api/api/v1/apps/load-starved" 2>"$work/error-$1") || true
    answer+=" $1 $begin"
    [[ $answer == 2* ]] || answer+=" $(cat "$work/error-$1" "$work/answer-$1" 2>/dev/null | tr '\n' ' ' | cut -c 1-300 || true)"
    echo "$answer" >>"$work/writes"
    rm -f "$work/error-$1" "$work/answer-$1"
}

late_writes() { # prints the writes that failed or were late, at most 30 of them
    sort -n -k 3 "$work/writes" | awk -v bar="$write_bar" '($1 !~ /^2/ || $2 > bar) && ++late <= 30 {
        why = $0
        sub(/^[^ ]* [^ ]* [^ ]* [^ ]* */, "", why)
        printf "    write %d at %s: status %s after %.1f s  %s\n", $3, $4, $1, $2, why}
        END {if (late > 30) printf "    and %d more\n", late - 30}'
}

quick_write() {
    app_spec load-starved "$EPOCHREALTIME" | curl_api -sf -m 1 -X PUT -H 'Content-Type: application/yaml' --data-binary @- \
        -o /dev/null "$api/api/v1/apps/load-starved"
}

write_figures() { # prints the number of writes, how many failed, the 99th percentile and the worst in milliseconds
    awk -v patience="$write_patience" '{print ($1 ~ /^2/) ? int($2 * 1000) : patience * 1000, $1 !~ /^2/}' "$work/writes" |
        sort -n | awk '{v[NR] = $1; failed += $2} END {print NR, failed + 0, v[int(NR * 0.99 + 0.999)], v[NR]}'
}

begin_probe() {
    local input
    rm -f "$work/probe-input"
    mkfifo "$work/probe-input" # the probe ends when we close it
    "$java" -XX:TieredStopAtLevel=1 "$top/load-tests/Probe.java" "$apps" 10 <"$work/probe-input" >"$work/probe" &
    probe=$!
    exec {input}>"$work/probe-input"
    probe_input=$input
    await 60 grep -q steady "$work/probe"
}

end_probe() {
    [[ -n $probe ]] || return 0
    exec {probe_input}>&-
    wait "$probe" || true
    probe=
}

# Makes PostgreSQL log each connection that it receives, before it asks for a password. ALTER SYSTEM
# also works on a standby.
log_connections() { # log_connections on|reset
    local database change='set log_connections = on'
    [[ $begun = true || $1 = on ]] || return 0
    [[ $1 = on ]] || change='reset log_connections'
    for database in "${databases[@]}"; do
        query "$database" "alter system $change" &>/dev/null
        query "$database" 'select pg_reload_conf()' &>/dev/null
    done
    begun=true
}

connections_since() { # connections_since SECONDS-SINCE-1970
    local database
    for database in "${databases[@]}"; do
        docker logs --since "$1" "$database" 2>&1 | grep 'connection received' || true
    done | wc -l
}

timeline() {
    sql 'select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)'
}

# Prints the microseconds of processor time that the platform's containers have used so far.
processor_micros() {
    local process
    for process in $(parts | xargs docker inspect --format '{{.State.Pid}}'); do
        micros_of "$process" 2>/dev/null || true # it has just ended
    done | awk '{all += $1} END {print int(all)}'
}

parts() { # prints the names of the platform's containers
    docker ps --filter "label=com.docker.compose.project=$name" --format '{{.Names}}'
}

# Conditions

settled() {
    all_ready && healthy && in_sync && checks_pass
}

in_time() {
    await $((deadline - SECONDS)) "$@"
}

all_ready() {
    local controller
    for controller in "${controllers[@]}"; do ready "$controller" || return; done
}

# Runs the health checks now. Docker would need up to a minute to notice that a part has recovered.
checks_pass() {
    local container
    for container in $(parts); do
        passes "$container" >/dev/null || return
    done
}

caught_up() {
    grep -q "\"seq\":$(newest_event)[,}]" "$work/events"
}

# Apps

burner_spec() {
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $burner}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  stopGraceSeconds: 1
scaling: {mode: manual, minReplicas: 6, maxReplicas: 6}
rollout: {drainSeconds: 1}
YAML
}

burners_ready() {
    curl_api -sf -m 10 "$api/api/v1/apps/$burner" | grep -q '"ready":6'
}

burner_addresses() {
    curl_api -sf -m 10 "$api/api/v1/apps/$burner" | grep -o '"address":"[0-9.]*"' | cut -d '"' -f 4
}

forget_burner() {
    curl_api -s -m 30 -X DELETE -o /dev/null "$api/api/v1/apps/$burner" || true
}

weigh -15

(($#)) || set -- loops apps controllers controllers-below databases databases-below
log_connections on
for part in "$@"; do try_out "$part"; done
exit "$failed"
