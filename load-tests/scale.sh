#!/usr/bin/env bash
# Scales an app out from one instance, and measures the time until all instances have passed their
# readiness checks and answered through nginx. Compares it with the time that Docker alone needs to
# create and start as many containers. Docker's time depends on how many containers it starts at
# once, so the script first finds the fastest number for each size. All rounds use this number, and
# measure Docker and the platform in turns. Fails if a median is more than 1.15 times Docker's
# median plus 300 ms. The 300 ms apply to a quiet machine, where one docker run takes 0.4 s. On a
# slower machine they grow in proportion.
#   load-tests/scale.sh [ROUNDS [TO…]]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-3}
sizes=("${@:2}")
((${#sizes[@]} > 0)) || sizes=(10 50)
failed=0

ours() { # ours TO
    local begin
    forget_app
    apply 1 "" && await_instances 1
    begin=$(now)
    scale "$1"
    await_instances "$1"
    echo $(($(now) - begin))
    forget_app
}

compare() { # compare TO
    local at_once round floor took
    at_once=$(best_at_once $(($1 - 1)))
    for ((round = 1; round <= rounds; round++)); do
        floor=$(floor_of $(($1 - 1)) "$at_once")
        took=$(ours "$1")
        echo "1 → $1, round $round: Docker alone $floor ms ($at_once at once), platform $took ms"
        echo "$floor" >>"$work/floor-$1"
        echo "$took" >>"$work/ours-$1"
    done
    judge "$1" "$(median <"$work/floor-$1")" "$(median <"$work/ours-$1")"
}

judge() { # judge TO FLOOR TOOK
    local bar=$(($2 * 115 / 100 + 300 * slow)) verdict=ok
    (($3 <= bar)) || { verdict=WRONG && failed=1; }
    echo "  $verdict  1 → $1, median: Docker alone $2 ms, platform $3 ms, ratio $((100 * $3 / $2)) % (bar: at most 1.15 x $2 + $((300 * slow)) = $bar ms)"
}

require_platform
slow=$(slowness)
patience=$((patience * slow))
for to in "${sizes[@]}"; do compare "$to"; done
exit "$failed"
