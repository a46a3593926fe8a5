#!/usr/bin/env bash
# h2load of nghttp2 as a client of one case, over HTTP/1.1: h2load.sh CASE BASE. Fails if the case does.
set -euo pipefail

load() { # load NUMBER H2LOAD-ARGUMENT…: requests over one connection must all succeed
    timeout 20 h2load --h1 -c 1 -n "$1" "${@:2}" | grep -q " $1 succeeded, 0 failed, 0 errored, 0 timeout" ||
        { echo "not all requests succeeded" >&2 && exit 1; }
}

case $1 in
    get | tls) load 1 "$2/" ;;
    three) load 100 "$2/" ;;
    chunked) load 3 "$2/chunked" ;;
    empty) load 3 "$2/empty" ;;
    unchanged) load 3 "$2/unchanged" ;;
    post)
        body=$(mktemp)
        echo -n hello >"$body"
        load 3 --data "$body" "$2/"
        ;;
    *) echo "this client has no such feature" >&2 && exit 1 ;;
esac
