#!/usr/bin/env bash
# Measures the throughput of AutoServe's nginx, with the balancer and all counters, and of an nginx
# with a minimal hand-written configuration, in turns. Prints both and the ratio.
#   load-tests/nginx-floor.sh [ROUNDS] [SECONDS]
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

rounds=${1:-5} seconds=${2:-4}

throughput() { # whole requests per second
    wrk -t1 -c64 -d"${seconds}s" "http://$1/" | awk '/Non-2xx/ {bad = 1} /Requests\/sec/ {rate = int($2)} END {if (bad) exit 1; print rate}'
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

start_all
start_minimal
for target in minimal ours; do throughput "$(address $target)" >/dev/null; done # warm up
for ((round = 1; round <= rounds; round++)); do
    minimal=$(throughput "$(address minimal)")
    ours=$(throughput "$(address ours)")
    ratio=$((100 * ours / minimal))
    echo "round $round: minimal $minimal/s, ours $ours/s, $ratio %"
    echo "$minimal" >>"$work/minimal"
    echo "$ours" >>"$work/ours"
    echo "$ratio" >>"$work/ratio"
done
echo "median: minimal $(median <"$work/minimal")/s, ours $(median <"$work/ours")/s, ratio $(median <"$work/ratio") % (aim: at least 85)"
