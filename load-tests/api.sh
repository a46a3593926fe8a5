# shellcheck shell=bash
# How the load tests call the API. They send the admin token that `platform up` left on this
# machine, if there is one. `dev` needs no token. Set AUTOSERVE_TOKEN to use another token. The
# variable is exported because the Java programs read it.

export AUTOSERVE_TOKEN=${AUTOSERVE_TOKEN:-$(cat "$(dirname "${BASH_SOURCE[0]}")/../.autoserve/admin-token" 2>/dev/null || true)}

# curl_api CURL-ARGUMENT…: the token stands in no command line, where others could read it
curl_api() {
    curl --config <(printf '%s' "${AUTOSERVE_TOKEN:+header = \"Authorization: Bearer $AUTOSERVE_TOKEN\"}") "$@"
}

die() { echo "$*" >&2 && exit 1; }

median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
worst() { sort -n | tail -1; }

now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); } # milliseconds

# Of the first JDK that is new enough, as the launcher finds it.
java_home() (
    top=$(dirname "${BASH_SOURCE[0]}")/..
    # shellcheck source=src/main/sh/java.sh
    source "$top/src/main/sh/java.sh"
    find_jdk || { echo 'these need a JDK 25 or newer' >&2 && exit 1; }
    echo "$jdk"
)
