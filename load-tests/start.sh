#!/usr/bin/env bash
# Three instances: from the request to all of them answering through nginx, readiness checked, beside the engine's own time to
# create and start three such containers at once until each answers, in turns. Prints both and the ratio.
#   load-tests/start.sh [ROUNDS]
set -euo pipefail
# shellcheck source=load-tests/platform.sh
source "$(dirname "$0")/platform.sh"

rounds=${1:-10}

floor() { floor_of 3 3; }

ours() {
    local begin
    begin=$(now)
    apply 3
    await_instances 3
    echo $(($(now) - begin))
    forget_app
}

require_platform
forget_app
{ floor && ours; } >/dev/null # warm up
for ((round = 1; round <= rounds; round++)); do
    floor=$(floor)
    ours=$(ours)
    echo "round $round: engine alone $floor ms, platform $ours ms"
    echo "$floor" >>"$work/floor"
    echo "$ours" >>"$work/ours"
done
floor=$(median <"$work/floor") ours=$(median <"$work/ours")
echo "median: engine alone $floor ms, platform $ours ms, ratio $((100 * ours / floor)) % (aim: at most 1.5 x $floor + 300 = $((floor * 3 / 2 + 300)) ms)"
((ours <= floor * 3 / 2 + 300))
