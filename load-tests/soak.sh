#!/usr/bin/env bash
# Changes and reads two apps at random for some hours, under load, and then checks that the leader has
# given its memory back. Compares the leader's resident memory after ten quiet minutes with that after
# ten quiet minutes at the start. Fails if it is more than 20 % higher, if an operator got an internal
# error, or if the leader changed, because then the figures cannot be compared. The platform must run:
# ./autoserve platform up --demo, or dev --detach
#
#   load-tests/soak.sh [HOURS]     1 by default
#
#   QUIET=600      seconds without operations before each measurement
#   OPERATORS=2    how many operators change the two apps at the same time
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=load-tests/platform.sh
source "$top/load-tests/platform.sh"

hours=${1:-1}
quiet=${QUIET:-600}
operators=()
visitors=()
failed=0
most=120 # percent of the memory at the start

main() {
    local pid before after seconds
    trap 'exit 130' INT TERM HUP
    on_exit 'set +e; end_operating; forget_apps; rm -rf "$work"'
    require_platform
    seconds=$(awk -v hours="$hours" 'BEGIN {printf "%d", hours * 3600}')
    begin_operating
    sleep 60 # the first operations load classes, which are no leak
    end_operating
    pid=$(leader_pid)
    before=$(memory "$pid")
    begin_operating
    sleep "$seconds"
    end_operating
    after=$(memory "$pid")
    report "$before" "$after" "$(leader_pid)" "$pid"
    exit "$failed"
}

# memory PROCESS: prints the resident memory in KiB after a quiet time
memory() {
    sleep "$quiet"
    kib "$1" VmRSS
}

report() { # report BEFORE AFTER LEADER-NOW LEADER-BEFORE
    echo "the leader's memory after $quiet quiet seconds, before and after $hours h of operations: $(($1 / 1024)) MiB, $(($2 / 1024)) MiB"
    echo "  operations by answer: $(by_answer "$work/operations")"
    check "the same controller leads" same "$3" "$4"
    check "the memory is $((100 * $2 / $1)) % of that before, at most $most %" test $((100 * $2)) -le $((most * $1))
    check "no operator got an internal error" test "$(grep -c '^500 ' "$work/operations")" -eq 0
}

# Operators and visitors

begin_operating() {
    local number
    : >"$work/operating"
    for number in 1 2; do
        app=soak-$number
        apply 2
        curl -sfN --rate 20/s --max-time 5 -H "Host: $app.localhost" "$http/?json&[1-10000000]" >/dev/null 2>&1 &
        visitors+=($!)
    done
    for ((number = 1; number <= ${OPERATORS:-2}; number++)); do
        operate "$number" &
        operators+=($!)
    done
}

end_operating() {
    rm -f "$work/operating"
    ((${#visitors[@]} == 0)) || kill "${visitors[@]}" || true
    ((${#operators[@]} == 0)) || wait "${operators[@]}" "${visitors[@]}" || true
    operators=() visitors=()
}

operate() { # operate NUMBER
    RANDOM=$1
    while [[ -e $work/operating ]]; do
        app=soak-$((RANDOM % 2 + 1))
        operation $((RANDOM % 12)) >>"$work/operations" || true
        sleep 0.$((RANDOM % 9 + 1))
    done
}

operation() { # operation CHOICE
    case $1 in
        0 | 1) spec $((RANDOM % 3 + 1)) "" CHANGE "$RANDOM" | send apply "apps/$app" -X PUT -H 'Content-Type: application/yaml' --data-binary @- ;;
        2 | 3) send scale "apps/$app/scale" -X POST -H 'Content-Type: application/json' --data "{\"replicas\":$((RANDOM % 4))}" ;;
        4) send restart "apps/$app/restart" -X POST ;;
        5) send undo "apps/$app/rollout/undo" -X POST ;;
        6) send status "apps/$app" ;;
        7) send metrics "apps/$app/metrics" ;;
        8) send events 'events?limit=1000' ;;
        9) send stream events/stream -m 5 ;;
        10) send load load ;;
        11) send revisions "apps/$app/revisions" ;;
    esac
}

# send NAME PATH CURL-ARGUMENT…: prints the status and the name
send() {
    curl_api -s -m 30 -o /dev/null -w "%{http_code} $1\n" "$api/api/v1/$2" "${@:3}"
}

forget_apps() {
    local number
    for number in 1 2; do
        app=soak-$number
        forget_app
    done
}

main
