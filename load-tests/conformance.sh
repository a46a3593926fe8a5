#!/usr/bin/env bash
# Runs widespread clients and servers of HTTP through AutoServe's nginx, case by case, and writes the
# results to docs/http.md. Fails if a case fails without a known reason. What a client or a server
# cannot do without nginx either counts neither way.
#   load-tests/conformance.sh
set -euo pipefail
# shellcheck source=load-tests/proxy.sh
source "$(dirname "$0")/proxy.sh"

page=$(dirname "$0")/../docs/http.md
# conformance.py names the hosts after its servers. These two are all that the clients ask.
hosts=(go.test node.test)

# Puts the results between the two marks of the page.
write_page() {
    sed '/^<!-- results -->$/q' "$page"
    echo
    cat "$work/results"
    echo
    sed -n '/^<!-- end of results -->$/,$p' "$page"
}

stop
create_network
start_ours
build_lab
names=()
for host in "${hosts[@]}"; do names+=(--add-host "$host:$(address ours)"); done
passed=true
docker run --rm --network "$network" --label "autoserve.load=$network" "${names[@]}" "$lab" \
    python3 conformance.py "$(address ours)" "$token" >"$work/results" || passed=false
cat "$work/results"
if grep -q '^### Clients' "$work/results"; then
    write_page >"$work/http.md"
    cat "$work/http.md" >"$page"
fi
$passed
