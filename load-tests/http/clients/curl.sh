#!/usr/bin/env bash
# curl as a client of one case: curl.sh CASE BASE. Fails if the case does.
set -euo pipefail

base=$2
get() { curl -sS --max-time 10 "$@"; }
status() { get -o /dev/null -w '%{http_code}' "$@"; }
same() { [[ $1 == "$2" ]] || { echo "expected $2, got ${1:0:200}" >&2 && exit 1; }; }

# Prints the length of the body that the server saw.
seen() { get -o /dev/null -D - "$@" | grep -i '^x-seen:' | cut -d . -f 5 | decoded; }
decoded() { python3 -c 'import sys; print(bytes.fromhex(sys.stdin.read().strip()).decode())'; }

case $1 in
    get) same "$(get "$base/")" ok ;;
    tls) same "$(get --insecure "$base/")" ok ;;
    head) same "$(status --head "$base/")" 200 ;;
    post) same "$(seen --data hello "$base/")" 5 ;;
    upload) same "$(head -c 1048576 /dev/zero | seen -X POST -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary @- "$base/")" 1048576 ;;
    expect) same "$(seen -H 'Expect: 100-continue' --expect100-timeout 10 --data hello "$base/")" 5 ;;
    three) same "$(get "$base/" "$base/" "$base/" -w '%{num_connects},')" ok1,ok0,ok0, ;;
    chunked) same "$(get "$base/chunked")" onetwothree ;;
    close) same "$(get "$base/close")" ok ;;
    empty) same "$(status "$base/empty")" 204 ;;
    unchanged) same "$(status "$base/unchanged")" 304 ;;
    hints) same "$(get "$base/hints")" ok ;;
    trailers) same "$(get -D - -o /dev/null -H 'TE: trailers' -H 'Connection: TE' "$base/trailers" | tr -d '\r' | grep -i '^x-sum:')" 'X-Sum: 42' ;;
    large) same "$(get -D - -o /dev/null "$base/large" | tr -d '\r' | awk 'tolower($1) == "x-large:" {print length($2)}')" 60000 ;;
    absolute)
        # curl takes port 1080 for a proxy without a port
        [[ $base =~ :[0-9]+$ ]] && proxy=$base || proxy=$base:80
        same "$(get --proxy "$proxy" "$base/")" ok
        ;;
    upgrade) same "$(get --http2 "$base/")" ok ;;
    *) echo "this client has no such feature" >&2 && exit 1 ;;
esac
