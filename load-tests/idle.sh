#!/usr/bin/env bash
# Measures the leader's processor time and memory over a minute in which nothing happens, with 50
# instances of 10 apps. Compares them with a program on the same Java and Vert.x that checks the
# same instances as often and does nothing else. Fails unless the leader uses less than 1 % of a
# core and 128 MiB of resident memory, which it does not achieve at present. The platform must run:
# ./autoserve platform up, or dev --detach
#
#   load-tests/idle.sh [APPS] [INSTANCES-OF-EACH] [SECONDS]
set -euo pipefail

top=$(dirname "$(dirname "$(readlink -f "$0")")")
source "$top/load-tests/platform.sh"

apps=${1:-10} each=${2:-5} seconds=${3:-60}
period=5 # seconds between health checks, the default of a spec
settled=${SETTLED:-720} # seconds until the work after the start is over and Java has compiled its code
floor=autoserve-idle-floor

main() {
    local number
    trap 'docker rm --force "$floor" >/dev/null 2>&1; forget_apps; rm -rf "$work"' EXIT
    require_platform
    compile_floor
    for ((number = 0; number < apps; number++)); do
        app=idle-$number
        spec "$each" | send "$app"
    done
    for ((number = 0; number < apps; number++)); do await_ready "idle-$number"; done
    start_floor
    sleep "$settled"
    measure
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

ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; } # user plus kernel time, in 1/100 s

compile_floor() {
    "$(java_home)/bin/javac" -cp "$top/target/autoserve.jar" -d "$work" "$top/load-tests/IdleFloor.java"
    chmod -R a+rX "$work"
}

# Starts the program of IdleFloor.java in the controllers' image and network. Its Java options for
# memory are those of a controller, but it has no AOT cache.
start_floor() {
    local options number addresses=()
    for ((number = 0; number < apps; number++)); do mapfile -t -O ${#addresses[@]} addresses < <(addresses_of "idle-$number"); done
    mapfile -t options < <(grep -oE -- '-XX:(\+UseCompact|Trim|MinHeap|MaxHeap|MaxRAM)[^ ]*' "$top/src/main/docker/controller/start")
    docker run --detach --name "$floor" --network "$network" --cpus 1 --memory 768m --volume "$work:/floor:ro" --entrypoint java \
        localhost/autoserve/controller "${options[@]}" -cp /floor:/opt/autoserve/autoserve.jar IdleFloor "$period" "${addresses[@]}" >/dev/null
}

addresses_of() { ask_api "/api/v1/apps/$1" | grep -o '"address":"[0-9.]*"' | cut -d '"' -f 4; }

measure() {
    local pids=("$(leader_pid)" "$(docker inspect --format '{{.State.Pid}}' "$floor")") before=() pid
    for pid in "${pids[@]}"; do before+=("$(ticks "$pid")"); done
    sleep "$seconds"
    printf 'idle with %d instances of %d apps, over %d s:\n' $((apps * each)) "$apps" "$seconds"
    local used=() resident
    for pid in 0 1; do used+=("$(percent "${pids[pid]}" "${before[pid]}")"); done
    resident=$(kib "${pids[0]}" VmRSS)
    cost 'the leader' "${pids[0]}" "${used[0]}"
    cost 'its health checks alone' "${pids[1]}" "${used[1]}"
    awk -v p="${used[0]}" -v r="$resident" 'BEGIN {exit !(p < 1 && r < 128 * 1024)}' ||
        { echo 'above the limit: the leader must use less than 1 % and 128 MiB' && exit 1; }
}

cost() { # cost WHO PID PERCENT
    printf '  %-24s %5s %% of a core, %d MiB resident (%d MiB of it private, %d threads)\n' "$1" "$3" \
        $(($(kib "$2" VmRSS) / 1024)) $(($(kib "$2" RssAnon) / 1024)) "$(kib "$2" Threads)"
}

percent() { awk -v t=$(($(ticks "$1") - $2)) -v s="$seconds" 'BEGIN {printf "%.2f", t / s}'; }

main
