#!/usr/bin/env bash
# Measures the throughput of AutoServe's nginx, with the balancer and all counters, and of an nginx
# with a minimal hand-written configuration, in turns. Fails if the ratio is below 90 %. In the same
# rounds, measures HAProxy and Caddy with minimal configurations that choose by load too, as AutoServe
# does.
#   load-tests/nginx-floor.sh [ROUNDS] [SECONDS]
#
#   PEERS="haproxy caddy"   the other proxies to measure; empty for none
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

rounds=${1:-5} seconds=${2:-4}
bar=90
read -ra others <<<"${PEERS-haproxy caddy}"
targets=(minimal ours "${others[@]}")
declare -A rate

throughput() { # whole requests per second
    wrk -t1 -c64 -d"${seconds}s" "http://$1/" | awk '/Non-2xx/ {bad = 1} /Requests\/sec/ {rate = int($2)} END {if (bad) exit 1; print rate}'
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# Measures each target once. The order is reversed in every second round, so that no target always
# runs on a machine that the same other one has warmed up.
measure_round() { # measure_round NUMBER
    local number=$1 target line="" i
    for ((i = 0; i < ${#targets[@]}; i++)); do
        target=${targets[number % 2 ? i : ${#targets[@]} - 1 - i]}
        rate[$target]=$(throughput "$(address "$target")")
        echo "${rate[$target]}" >>"$work/rate-$target"
    done
    for target in "${targets[@]}"; do
        echo $((100 * rate[$target] / rate[minimal])) >>"$work/ratio-$target"
        line+="$target ${rate[$target]}/s ($((100 * rate[$target] / rate[minimal])) %), "
    done
    echo "round $number: ${line%, }"
}

start_all
start_minimal
((${#others[@]} == 0)) || build_peers
for target in "${others[@]}"; do "start_$target"; done
for target in "${targets[@]}"; do throughput "$(address "$target")" >/dev/null; done # warm up
for ((round = 1; round <= rounds; round++)); do measure_round "$round"; done

for target in "${targets[@]}"; do
    echo "median: $target $(median <"$work/rate-$target")/s, $(median <"$work/ratio-$target") % of minimal"
done
ratio=$(median <"$work/ratio-ours")
((ratio >= bar)) || { echo "ours has $ratio % of the throughput of the minimal configuration, and should have $bar %" >&2 && exit 1; }
