#!/usr/bin/env bash
# Measures the processor time of commands with the real launcher, by TLS and with a token: list,
# status, the help, the completion of app names, and the first command after an installation.
# Compares them with a Java program that prints one line, and with curl, in turns. Fails if the median
# of list, status, the help or the completion is more than twice that of the Java program. Run it with
# the platform and the demo app: ./autoserve platform up --demo
#
#   load-tests/cli.sh [ROUNDS]      10 by default
#
#   LAUNCHER=FILE     the launcher to measure, such as that of a release; ./autoserve by default
#   URL=https://…     the API; https://127.0.0.1:8443 by default
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
# shellcheck source=load-tests/api.sh
source "$top/load-tests/api.sh"

rounds=${1:-10}
launcher=${LAUNCHER:-$top/autoserve}
java=$(java_home)/bin/java
export AUTOSERVE_URL=${URL:-https://127.0.0.1:${AUTOSERVE_API_TLS_PORT:-8443}}
work=$(mktemp -d)
on_exit 'rm -rf "$work"'
failed=0

main() {
    local round name
    "$launcher" list >/dev/null || die "no controller answers at $AUTOSERVE_URL: ./autoserve platform up --demo"
    hello_world
    completion
    for ((round = 1; round <= rounds; round++)); do
        measure hello "$java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp "$work" Hello
        measure curl curl_api -sf --cacert "$(authority)" "$AUTOSERVE_URL/api/v1/apps"
        measure list "$launcher" list
        measure status "$launcher" status demo
        measure help "$launcher" --help
        measure completion complete_names
    done
    measure first first_command
    echo "processor time, median of $rounds:"
    for name in curl hello list status help completion first; do printf '  %-10s %4d ms\n' "$name" "$(median <"$work/$name")"; done
    for name in list status help completion; do
        check "$name takes at most twice the processor time of a Java program that prints one line" \
            test "$(median <"$work/$name")" -le $((2 * $(median <"$work/hello")))
    done
    exit "$failed"
}

# measure NAME COMMAND…: appends the processor time of the command and its children, in milliseconds.
measure() {
    local TIMEFORMAT='%U %S' times
    times=$({ time "${@:2}" >/dev/null 2>"$work/stderr"; } 2>&1) || die "$1 failed: $(<"$work/stderr")"
    awk '{printf "%d\n", ($1 + $2) * 1000}' <<<"$times" >>"$work/$1"
}

hello_world() {
    echo 'class Hello { public static void main(String[] arguments) { System.out.println("hello"); } }' >"$work/Hello.java"
    "${java}c" -d "$work" "$work/Hello.java"
}

completion() {
    "$launcher" completion bash >"$work/completion"
}

# Completes names of apps as bash does, without the names that the script keeps for ten seconds.
complete_names() {
    rm -rf "$work/runtime" && mkdir "$work/runtime"
    XDG_RUNTIME_DIR=$work/runtime bash -c '
        source "$1"
        compopt() { :; }
        COMP_LINE="$2 status de" COMP_WORDS=("$2" status de) COMP_CWORD=2
        _complete_autoserve
        [[ ${COMPREPLY[*]} == *demo* ]]' _ "$work/completion" "$launcher"
}

# Runs a command as after an installation, when Java has recorded no classes yet.
first_command() {
    find "$(dirname "$(readlink -f "$launcher")")" -maxdepth 2 -name 'autoserve*.aot' -delete
    "$launcher" list
}

authority() {
    echo "${AUTOSERVE_CA:-$top/.autoserve/ca.crt}"
}

main
