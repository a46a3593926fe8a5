#!/usr/bin/env bash
# Starts one instance, and in later rounds three. Measures the time from the request until all of
# them have passed their readiness checks and answer through nginx. In turns with this, starts as
# many containers at once with Docker alone, and measures the time until all of them answer. Prints
# both times and the ratio.
#   load-tests/start.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-10}
failed=0

ours() { # ours COUNT
    local begin
    begin=$(now)
    apply "$1"
    await_instances "$1"
    echo $(($(now) - begin))
    forget_app
}

compare() { # compare COUNT
    local round floor took
    { floor_of "$1" "$1" && ours "$1"; } >/dev/null # warm up
    for ((round = 1; round <= rounds; round++)); do
        floor=$(floor_of "$1" "$1")
        took=$(ours "$1")
        echo "start of $1, round $round: Docker alone $floor ms, platform $took ms"
        echo "$floor" >>"$work/floor-$1"
        echo "$took" >>"$work/ours-$1"
    done
    judge "$1" "$(median <"$work/floor-$1")" "$(median <"$work/ours-$1")"
}

judge() { # judge COUNT FLOOR TOOK
    local bar=$(($2 * 3 / 2 + 300 * slow)) verdict=ok
    (($3 <= bar)) || { verdict=WRONG && failed=1; }
    echo "  $verdict  start of $1, median: Docker alone $2 ms, platform $3 ms, ratio $((100 * $3 / $2)) % (bar: at most 1.5 x $2 + $((300 * slow)) = $bar ms)"
}

require_platform
slow=$(slowness)
patience=$((patience * slow))
forget_app
for count in 1 3; do compare "$count"; done
exit "$failed"
