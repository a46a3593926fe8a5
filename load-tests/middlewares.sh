#!/usr/bin/env bash
# Measures the throughput of AutoServe's nginx without rules for an app, and with each kind of rule that
# an app can have, in turns. Fails if the access log costs more than 15 %.
#   load-tests/middlewares.sh [ROUNDS] [SECONDS]
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

rounds=${1:-5} seconds=${2:-4}
most_for_log=15 # percent
# The password of the user ann is "long"; see proxy/PasswordHash.java.
hash=2000:bdcef130fa30f1446f96b18580d25d70:e7dbba98f5c00ce0910a72d96840187533e6b0bf909269fa67810426d283dff2
kinds=(none paths strip headers allow limit password cors log)
declare -A rules=(
    [none]=''
    [paths]='"paths":[{"path":"/a"},{"path":"/b"},{"path":"/c"}]'
    [strip]='"paths":[{"path":"/a","strip":true}]'
    [headers]='"whole":{"request":{"set":{"X-A":"b"},"remove":["X-C"]},"response":{"set":{"X-D":"e"},"remove":["X-F"]}}'
    [allow]='"whole":{"allow":["0.0.0.0/0","::/0"]}'
    [limit]='"whole":{"limit":{"rate":1000000,"burst":1000000}}'
    [password]="\"users\":{\"shop-users\":{\"ann\":\"$hash\"}},\"whole\":{\"auth\":{\"realm\":\"Shop\",\"secret\":\"shop-users\"}}"
    [cors]='"whole":{"cors":{"origins":["https://a.test"],"methods":[],"headers":[],"credentials":true,"maxAge":0}}'
    [log]='"logSample":1'
)
seq=1

# Prints whole requests per second.
throughput() {
    wrk -t1 -c64 -d"${seconds}s" -H 'Authorization: Basic YW5uOmxvbmc=' -H 'Origin: https://a.test' "http://$(address ours)/a/page" |
        awk '/Non-2xx/ {bad = 1} /Requests\/sec/ {rate = int($2)} END {if (bad) exit 1; print rate}'
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# Measures nginx with each kind of rule once. The order is reversed in every second round.
measure_round() { # measure_round NUMBER
    local number=$1 kind i
    declare -A rate
    for ((i = 0; i < ${#kinds[@]}; i++)); do
        kind=${kinds[number % 2 ? i : ${#kinds[@]} - 1 - i]}
        app_rules=${rules[$kind]} put_table $((++seq)) app-1 app-2 app-3
        rate[$kind]=$(throughput)
    done
    for kind in "${kinds[@]}"; do
        echo "${rate[$kind]}" >>"$work/rate-$kind"
        echo $((100 - 100 * rate[$kind] / rate[none])) >>"$work/cost-$kind"
    done
    echo "round $number: without rules ${rate[none]}/s"
}

start_all
throughput >/dev/null # warms up
for ((round = 1; round <= rounds; round++)); do measure_round "$round"; done

for kind in "${kinds[@]}"; do
    echo "median: $kind $(median <"$work/rate-$kind")/s, costs $(median <"$work/cost-$kind") %"
done
cost=$(median <"$work/cost-log")
((cost <= most_for_log)) || { echo "the access log costs $cost % of the throughput, and should cost $most_for_log % at most" >&2 && exit 1; }
