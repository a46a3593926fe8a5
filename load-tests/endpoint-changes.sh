#!/usr/bin/env bash
# Changes the endpoints 100 times under steady load on kept-alive connections. Prints how many
# requests were answered and how many failed.
#   load-tests/endpoint-changes.sh [CHANGES]
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

changes=${1:-100}

start_all
# 1,000 requests/s: 20 connections, each waiting 20 ms between its requests
echo 'function delay() return 20 end' >"$work/pace.lua"
wrk -t1 -c20 -d14s --timeout 2 -s "$work/pace.lua" "http://$(address ours)/" >"$work/load" &
load=$!
for ((change = 2; change <= changes + 1; change++)); do
    if ((change % 2)); then put_table "$change" app-1 app-2; else put_table "$change" app-2 app-3; fi
    sleep 0.1
done
echo "$((change - 2)) changes made"
wait "$load"
awk '
    /requests in/ {answered = $1}
    /Socket errors/ {gsub(",", ""); failed += $4 + $6 + $8 + $10}
    /Non-2xx/ {failed += $NF}
    END {printf "%d requests, %d failed\n", answered, failed; exit failed > 0}' "$work/load"
