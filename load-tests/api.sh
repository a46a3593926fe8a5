# shellcheck shell=bash
# How the load tests call the API. They send the admin token that `platform up` left on this
# machine, if there is one. `dev` needs no token. Set AUTOSERVE_TOKEN to use another token. The
# variable is exported because the Java programs read it.

export AUTOSERVE_TOKEN=${AUTOSERVE_TOKEN:-$(cat "$(dirname "${BASH_SOURCE[0]}")/../.autoserve/admin-token" 2>/dev/null || true)}

# curl_api CURL-ARGUMENT…: runs curl with the token. The token is not an argument, because other
# users could read it there.
curl_api() {
    curl --config <(printf '%s' "${AUTOSERVE_TOKEN:+header = \"Authorization: Bearer $AUTOSERVE_TOKEN\"}") "$@"
}

field() { # field NAME: reads JSON, and prints the value of the first field with this name
    grep -o "\"$1\":[^,}]*" | head -1 | cut -d : -f 2- | tr -d '"'
}

newest_event() { # prints the seq of the newest event at $api
    curl_api -sf -m 10 "$api/api/v1/events?limit=1" | field seq
}

# check WHAT COMMAND…: prints whether COMMAND succeeds, and sets `failed` if it does not
check() {
    if "${@:2}"; then echo "  ok     $1"; else echo "  WRONG  $1" && failed=1; fi
}

same() {
    [[ $1 == "$2" ]]
}

# on_exit COMMANDS: runs them when the script ends. Signals that arrive meanwhile do not end them
# early, so nothing is left behind.
on_exit() {
    # shellcheck disable=SC2064 # the commands are part of the trap, and expand when it runs
    trap "trap '' INT TERM HUP; $1" EXIT
}

die() { echo "$*" >&2 && exit 1; }

# by_answer FILE: prints how often each answer is in the file, which has a status and an operation in
# each line
by_answer() {
    sort "$1" | uniq -c | awk '{printf "%s%s × %s %s", (NR > 1 ? ", " : ""), $1, $2, $3}'
}

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
worst() { sort -n | tail -1; }

now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); } # milliseconds

# Prints the folder of the first JDK that is new enough. The launcher finds its JDK in the same way.
java_home() (
    top=$(dirname "${BASH_SOURCE[0]}")/..
    # shellcheck source=src/main/sh/java.sh
    source "$top/src/main/sh/java.sh"
    find_jdk || { echo 'the load tests need JDK 25 or newer' >&2 && exit 1; }
    echo "$jdk"
)
