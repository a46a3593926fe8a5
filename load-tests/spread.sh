#!/usr/bin/env bash
# Measures how evenly the instances of a revision share the requests to this revision, during a
# canary and during blue/green. Measures twice in each phase of the rollout: for ten seconds with
# one request in flight, and for ten seconds with 50. Fails if the busiest instance of a revision
# gets more than 1.3 times the average of that revision's ready instances.
#   load-tests/spread.sh [INSTANCES]      4 by default
#
# HOLD (45): seconds in each phase of the rollout
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

instances=${1:-4}
hold=${HOLD:-45} # long enough for the measurements
failed=0

# phase: prints the rollout's present phase and the canary's weight, or nothing if no rollout is in
# progress
phase() {
    status | grep -o '"phase":"[A-Za-z]*"\|"weight":[0-9]*' | cut -d : -f 2 | tr -d '"' | paste --serial --delimiters ' ' || true
}

# Prints name and revision of each ready instance.
revisions() {
    status | grep -o '"name":"'"$app"'-[0-9]*",[^}]*"health":"Ready"[^}]*"revision":[0-9]*' |
        sed 's/"name":"\([^"]*\)".*"revision":\([0-9]*\)$/\1 \2/'
}

# answers IN-FLIGHT: keeps IN-FLIGHT requests open for ten seconds, and prints each instance with the
# number of its answers
answers() {
    cat >"$work/spread.lua" <<LUA
wrk.headers["Host"] = "$app.localhost"
wrk.path = "/?json"
answers = {}
function setup(thread) user = thread end
function response(status, headers, body)
    local name = body:match('"instance":"([^"]*)"') or status
    answers[name] = (answers[name] or 0) + 1
end
function done()
    for name, times in pairs(user:get("answers")) do print("answers", name, times) end
end
LUA
    wrk -t1 -c"$1" -d10s -s "$work/spread.lua" "$http" | awk '$1 == "answers" {print $2, $3}'
}

# measure PHASE: measures once with each number of requests in flight. Ignores a measurement if the
# phase or the ready instances changed meanwhile.
measure() {
    local at_once before
    for at_once in 1 50; do
        before=$(revisions)
        answers "$at_once" >"$work/answers"
        [[ $(phase) == "$1" && $(revisions) == "$before" ]] || return 0
        judge "$at_once" <<<"$before" || failed=1
    done
}

# judge IN-FLIGHT: reads the ready instances with their revisions, and compares how many requests
# the instances of each revision answered. Ignores a revision that got no requests in this phase.
judge() {
    awk -v at_once="$1" '
        NR == FNR {answers[$1] = $2; next}
        {list[$2] = list[$2] " " answers[$1] + 0; sum[$2] += answers[$1]; count[$2]++
         if (answers[$1] > most[$2]) most[$2] = answers[$1]}
        END {
            for (revision in sum) {
                if (!sum[revision]) continue
                ratio = most[revision] * count[revision] / sum[revision]
                uneven = (ratio > 1.3)
                bad = bad || uneven
                printf "  %-5s  %2d in flight, revision %s: the busiest gets %.2f x the average:%s\n",
                    (uneven ? "WRONG" : "ok"), at_once, revision, ratio, list[revision]
            }
            exit bad
        }' "$work/answers" -
}

# rollout WHAT ROLLOUT: rolls out a new revision, and measures in each phase
rollout() {
    local measured='' current
    echo "$1, $instances instances"
    apply "$instances" "$2" VERSION "$1"
    while current=$(phase) && [[ -n $current || -z $measured ]]; do
        if [[ -n $current && $current != "$measured" && $current != Replacing* ]]; then
            sleep 5 # until the instances of this phase are ready and get requests
            [[ $(phase) == "$current" ]] || continue
            echo " $current"
            measure "$current"
            measured=$current
        fi
        sleep 0.5
    done
}

require_platform
apply "$instances" "" VERSION first
until_settled "$instances" 120
rollout canary "strategy: rolling, maxSurge: 2, steps: [{weight: 10, holdSeconds: $hold}, {weight: 25, holdSeconds: $hold}, {weight: 50, holdSeconds: $hold}, {weight: 75, holdSeconds: $hold}]"
rollout blueGreen "strategy: blueGreen, watchSeconds: $hold"
exit "$failed"
