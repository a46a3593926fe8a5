#!/usr/bin/env bash
# What the leader costs while nothing happens: processor time and memory, with 50 instances of 10 apps, over a minute.
# Bars, which it does not hold yet: 1 % of a core, 128 MiB resident. The platform must run: ./autoserve platform up (or dev --detach).
#
#   load-tests/idle.sh [APPS] [INSTANCES-OF-EACH] [SECONDS]
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
source "$top/load-tests/platform.sh"

apps=${1:-10} each=${2:-5} seconds=${3:-60}
period=5 # seconds between health checks, as of a spec that says nothing
settled=${SETTLED:-20} # seconds: what starting them left behind is over by then

main() {
    local number
    trap 'forget_apps; rm -rf "$work"' EXIT
    require_platform
    for ((number = 0; number < apps; number++)); do
        app=idle-$number
        spec "$each" | send "$app"
    done
    for ((number = 0; number < apps; number++)); do await_ready "idle-$number"; done
    local pid
    pid=$(leader_pid)
    sleep "$settled"
    measure "$pid"
}

send() { ask_api "/api/v1/apps/$1" -X PUT -H 'Content-Type: application/yaml' --data-binary @- -o /dev/null; }

await_ready() {
    local try
    for ((try = 0; try < 600; try++)); do
        [[ $(ask_api "/api/v1/apps/$1") != *"\"ready\":$each"* ]] || return 0
        sleep 0.2
    done
    die "$1 did not become ready"
}

forget_apps() {
    local number
    for ((number = 0; number < apps; number++)); do
        app=idle-$number
        forget_app
    done
}

# Of the container that leads, or of `dev`, which says in its folder who it is.
leader_pid() {
    local name
    name=$(ask_api /api/v1/cluster | sed -n 's/.*"leader":"\([^"]*\)".*/\1/p')
    if docker inspect "$name" >/dev/null 2>&1; then
        docker inspect --format '{{.State.Pid}}' "$name"
    else
        pgrep -of 'autoserve.jar (dev|controller)'
    fi
}

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; } # of user and kernel, in hundredths of a second
kib() { awk -v field="$2:" '$1 == field {print $2}' "/proc/$1/status"; }

measure() {
    local before after percent resident
    before=$(ticks "$1")
    sleep "$seconds"
    after=$(ticks "$1")
    percent=$(awk -v t=$((after - before)) -v s="$seconds" 'BEGIN {printf "%.2f", t / s}')
    resident=$(kib "$1" VmRSS)
    printf 'idle with %d instances of %d apps, over %d s: %s %% of a core, %d MiB resident (%d MiB its own, %d threads)\n' \
        $((apps * each)) "$apps" "$seconds" "$percent" $((resident / 1024)) $(($(kib "$1" RssAnon) / 1024)) "$(kib "$1" Threads)"
    awk -v p="$percent" -v r="$resident" 'BEGIN {exit !(p < 1 && r < 128 * 1024)}' ||
        { echo 'over the bar: under 1 % and under 128 MiB' && exit 1; }
}

main
