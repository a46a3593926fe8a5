#!/usr/bin/env bash
# An app scaled out from one instance: until all of them have answered through nginx, readiness checked, beside the engine's own
# time to create and start as many at the same parallelism, in turns.
#   load-tests/scale.sh [ROUNDS [TO…]]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-3}
sizes=("${@:2}")
((${#sizes[@]} > 0)) || sizes=(10 50)
at_once=12 # as in apps/Crew

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

require_platform
for to in "${sizes[@]}"; do
    for ((round = 1; round <= rounds; round++)); do
        floor=$(floor_of $((to - 1)) "$at_once")
        took=$(ours "$to")
        echo "1 → $to, round $round: engine alone $floor ms, platform $took ms"
        echo "$floor" >>"$work/floor-$to"
        echo "$took" >>"$work/ours-$to"
    done
    floor=$(median <"$work/floor-$to") took=$(median <"$work/ours-$to")
    echo "1 → $to, median: engine alone $floor ms, platform $took ms (aim: at most 1.25 x $floor + 300 = $((floor * 5 / 4 + 300)) ms)"
done
