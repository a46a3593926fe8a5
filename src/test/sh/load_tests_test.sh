#!/usr/bin/env bash
# Tests functions that the load tests share, without a platform. LoadTestScriptsTest runs this script.
# To run it directly: src/test/sh/load_tests_test.sh [TEST…]
# shellcheck disable=SC2317 # tests are found by name
set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$project/src/test/sh/tests.sh"
# shellcheck source-path=SCRIPTDIR
source "$project/load-tests/api.sh"
# shellcheck source-path=SCRIPTDIR
source "$project/load-tests/traffic.sh"

test_answers_are_counted_with_every_awk() {
    printf '%s\n' '200 apply' '409 scale' '200 apply' >"$room/operations"
    local awk
    for awk in mawk gawk original-awk; do
        command -v "$awk" >/dev/null || continue
        mkdir -p "$room/$awk"
        ln -s "$(command -v "$awk")" "$room/$awk/awk"
        [[ $(PATH=$room/$awk:$PATH by_answer "$room/operations") == '2 × 200 apply, 1 × 409 scale' ]] ||
            fail "with $awk: $(PATH=$room/$awk:$PATH by_answer "$room/operations")"
    done
    [[ $(by_answer "$room/operations") == '2 × 200 apply, 1 × 409 scale' ]] || fail "with awk: $(by_answer "$room/operations")"
}

test_requests_go_to_the_published_port_if_nginx_does_not_run() {
    docker() { return 1; }
    [[ $(nginx_url autoserve-nginx 9080) == http://127.0.0.1:9080 ]] || fail "$(nginx_url autoserve-nginx 9080)"
}

test_requests_go_to_the_published_port_if_the_container_cannot_be_reached() {
    docker() { echo '0.0.0.0 172.20.0.10 '; }
    timeout() { [[ $* == *0.0.0.0/80* ]] && return 1; }
    [[ $(nginx_url autoserve-nginx 80) == http://127.0.0.1:80 ]] || fail "$(nginx_url autoserve-nginx 80)"
}

test_requests_go_to_the_first_address_of_nginx() {
    docker() { echo '172.21.0.10 172.20.0.10 '; }
    timeout() { [[ $* == *172.21.0.10/80* ]]; }
    [[ $(nginx_url autoserve-nginx 80) == http://172.21.0.10 ]] || fail "$(nginx_url autoserve-nginx 80)"
}

locate() { :; }
furnish() { :; }

fail() { echo "$*" && exit 1; }

run_tests "$@"
