#!/usr/bin/env bash
# Kills one of three instances under steady load, ROUNDS times, and then freezes one, ROUNDS times.
# Prints for each round the time until the replacement answers through nginx, the median and the
# worst of these times, and how many requests failed.
#   load-tests/heal.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-10}

# heal kill|pause ROUND: prints the milliseconds until the replacement answers
heal() {
    local name="$app-$(($2 % 3))" before begin after
    before=$(container_of "$name")
    begin=$(now)
    case $1 in
        kill) engine POST "/containers/$before/kill?signal=KILL" ;;
        pause) engine POST "/containers/$before/pause" ;;
    esac
    after=$before
    while [ -z "$after" ] || [ "$after" = "$before" ]; do after=$(container_of "$name"); done
    until [ "$(answering)" = "$name" ]; do :; done
    echo $(($(now) - begin))
}

bar() { # bar kill|pause
    for ((round = 1; round <= rounds; round++)); do
        forget_app # a slot that fails repeatedly would wait before each new start
        apply 3
        await_instances 3
        begin_load
        sleep 1
        heal "$1" "$round" | tee -a "$work/$1"
        sleep 1
        end_load
        load_result >>"$work/$1-load" || true
    done
    echo "$1: median $(median <"$work/$1") ms, worst $(worst <"$work/$1") ms;" \
        "$(awk '{answered += $1; failed += $3} END {print answered " requests, " failed " failed"}' "$work/$1-load")"
}

require_platform
bar kill
echo "aim: median 800 ms, worst 1500 ms, none failed"
bar pause
echo "aim: check period x failure threshold + 500 ms = 2500 ms, plus the start of the replacement, none failed"
