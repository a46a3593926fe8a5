#!/usr/bin/env bash
# Sends requests to an app in mode auto, at four rates: half of what one instance should answer,
# then three times, ten times, and again half of it. After each change of the rate, waits until the
# autoscaler has made no decision for three of its windows, and then checks the number of instances.
# Keeps the highest rate for STEADY seconds more.
#   load-tests/autoscale.sh [STEADY]      600 by default
#
# The test fails unless all of this holds:
#   - After each step the number of instances is right within one instance.
#   - A step to a higher load takes at most two decisions, and none goes above the right number.
#   - Nothing changes while the load is steady.
#   - The load that each decision's reason states is within a quarter of the load that this script
#     counted.
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

steady=${1:-600}
target=20    # requests per second that one instance should answer
threshold=80 # percent of the target above which the autoscaler adds instances
window=20    # seconds over which the autoscaler averages the load
failed=0
senders=()
clock=

auto_spec() {
    cat <<YAML
apiVersion: v1
kind: App
metadata: {name: $app}
spec:
  image: localhost/autoserve-demo
  imagePullPolicy: Never
  ports: [{containerPort: 8080}]
  stopGraceSeconds: 2
scaling:
  mode: auto
  maxReplicas: 20
  targetRPSPerReplica: $target
  scaleOutThresholdPct: $threshold
  windowSeconds: $window
  cooldownSeconds: 10
  stabilizationWindowSeconds: 40
  maxScaleOutStep: 20
  maxScaleInStep: 20
healthCheck: {protocol: HTTP, path: /health, periodSeconds: 1}
rollout: {drainSeconds: 5}
YAML
}

# Each sender sends ten requests per second. A slow answer delays the requests of its sender only.
send() { # send REQUESTS/S
    local more
    for ((more = ${#senders[@]}; more < $1 / 10; more++)); do
        curl -sfN --rate 10/s --max-time 5 -H "Host: $app.localhost" "$http/?json&[1-1000000]" >>"$work/answers" &
        senders+=($!)
    done
    while ((${#senders[@]} > $1 / 10)); do
        kill "${senders[-1]}"
        wait "${senders[-1]}" || true
        unset 'senders[-1]'
    done
} 2>/dev/null

# Writes the number of answers so far to $work/counts, four times a second.
count() {
    while true; do
        echo "${EPOCHREALTIME/,/.} $(wc -l <"$work/answers")"
        sleep 0.25
    done >"$work/counts"
}

# counted TIME SECONDS: prints the average number of answers per second in the SECONDS before TIME
counted() {
    awk -v end="$1" -v seconds="$2" '
        $1 <= end {last = $2; at = $1}
        $1 <= end - seconds {first = $2; from = $1}
        END {print (at > from ? (last - first) / (at - from) : 0)}' "$work/counts"
}

# decisions TIME: prints time, ready instances, old number, new number and reason of each change
# after TIME, oldest first
decisions() {
    ask_api "/api/v1/apps/$app/scaling" >"$work/scaling" || return 1
    sed 's/.*"changes":\[//' "$work/scaling" | tr '{' '\n' | sed -n '
        s/^"at":"\([^"]*\)".*"from":\([0-9]*\),"to":\([0-9]*\).*"reason":"\([^"]*\)".*/\2 \3 \4\n\1/
        t change
        /^"ready":/ {
            s/^"ready":\([0-9]*\).*/\1/
            G
            s/^\(.*\)\n\(.*\)\n\(.*\)$/\3 \1 \2/p
        }
        b
        :change
        h' | awk -v after="$1" '$1 > after' | sort
}

right() { # right REQUESTS/S: prints how many instances are needed to keep each below the threshold
    local most=$((target * threshold / 100))
    echo $((($1 + most - 1) / most))
}

near() { # near A B: succeeds if A and B differ by at most one
    (($1 - $2 <= 1 && $2 - $1 <= 1))
}

# step REQUESTS/S: changes the load, waits until the autoscaler has made no decision for three
# windows, and then checks the number of instances and the decisions
step() {
    local began wanted desired at ready from to reason count before=0 outs=0 highest=0 quiet
    wanted=$(right "$1")
    began=$(date -u +%FT%T.%3N)
    echo "$1 requests/s: $wanted instances are right"
    send "$1"
    quiet=$((SECONDS + 3 * window))
    while ((SECONDS < quiet)); do
        sleep 1
        decisions "$began" >"$work/decisions" || true # the API may be late
        count=$(wc -l <"$work/decisions")
        ((count == before)) || before=$count quiet=$((SECONDS + 3 * window))
    done
    while read -r at ready from to reason; do
        echo "         $reason"
        ((to < from)) || { outs=$((outs + 1)) && highest=$to; }
        confirm "$at" "$ready" "$reason"
    done <"$work/decisions"
    desired=$(status | field desired)
    check "$desired instances are desired" near "$desired" "$wanted"
    check "$outs decisions to scale out, the last one to $highest" test "$outs" -le 2 -a "$highest" -le "$wanted"
}

# confirm AT READY REASON: compares the load that the reason states for each ready instance with the
# counted one
confirm() {
    local seconds=$window stated counted
    [[ $3 != *sudden* ]] || seconds=2
    stated=$(grep -o '[0-9.]* requests/s' <<<"$3" | cut -d ' ' -f 1)
    counted=$(counted "$(date -d "$1" +%s.%N)" "$seconds")
    check "  the reason states ${stated:-nothing} for each of $2 instances, the script counted $counted requests/s in $seconds s" \
        awk -v stated="${stated:-0}" -v instances="$2" -v counted="$counted" \
        'BEGIN {all = stated * instances; exit !(all <= counted * 1.25 + 5 && all >= counted * 0.75 - 5)}'
}

clean_up() {
    send 0
    [[ -z $clock ]] || kill "$clock"
    forget_app
    rm -rf "$work"
}

require_platform
on_exit clean_up
trap 'exit 130' INT TERM HUP
: >"$work/answers"
auto_spec | ask_api "/api/v1/apps/$app" -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null
until_settled 1 60
count &
clock=$!
step $((target / 2))
step $((3 * target))
step $((10 * target))
began=$(date -u +%FT%T.%3N)
echo "$((10 * target)) requests/s for $steady s more"
sleep "$steady"
changes=$(decisions "$began" | wc -l)
check "$changes changes while the load was steady" same 0 "$changes"
step $((target / 2))
exit "$failed"
