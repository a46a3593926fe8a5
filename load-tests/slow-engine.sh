#!/usr/bin/env bash
# Runs a command while Docker's own processes (dockerd, containerd and its shims) together get at
# most PERCENT of one processor. Lifts the limit afterwards, even if the command fails or is
# interrupted. The limit does not apply to containers, nor to Docker's port forwarders, which carry
# requests. Needs root. Works with cgroup v1 and v2.
#
#   load-tests/slow-engine.sh [PERCENT] COMMAND…     PERCENT is 25 by default
set -euo pipefail

group=autoserve-slow-engine
# This file records the original group of each moved process. If a run is killed, the next run uses
# the file to move the processes back.
state=/run/$group

main() {
    local percent=25
    [[ ! ${1-} =~ ^[0-9]+$ ]] || { percent=$1 && shift; }
    (($# > 0)) || die "COMMAND is missing: load-tests/slow-engine.sh [PERCENT] COMMAND…"
    ((percent >= 1 && percent <= 100 * $(nproc))) ||
        die "PERCENT must be 1 to $((100 * $(nproc))), in hundredths of a processor, was $percent"
    (($(id -u) == 0)) || die "Only root may limit Docker's processes: run it with sudo"
    find_hierarchy
    exec {lock}>"$state.lock"
    flock --nonblock "$lock" || die "Another slow-engine.sh is running: wait until it ends"
    release
    [[ -n $(processes "$engine") ]] || die "Docker is not running on this machine: start it first"
    trap finish EXIT
    limit "$percent"
    gather
    watch_over $$ {lock}>&- &
    watcher=$!
    say "Docker has $percent % of a processor from now on"
    run "$@"
}

# Runs the command in its own process group. A signal to this script is passed to that group, so
# that all processes of the command get it at once.
run() {
    local signal command interrupted status
    set -m
    "$@" <&0 {lock}>&- &
    command=$!
    set +m
    for signal in INT TERM HUP; do
        # shellcheck disable=SC2064 # the signal's name is known now
        trap "interrupted=true; kill -$signal -- -$command || true" $signal
    done
    interrupted=true
    while [[ $interrupted = true ]]; do # a signal ends the wait while the command may still run
        interrupted=false status=0
        wait "$command" || status=$?
    done
    exit "$status"
}

# Lifts the limit before it prints, because printing fails if nothing reads stderr any more.
finish() {
    local held_back
    trap '' INT TERM HUP PIPE
    if [[ -n ${watcher-} ]]; then
        kill "$watcher" 2>/dev/null || true
        wait "$watcher" || true
    fi 2>/dev/null
    held_back=$(held_back)
    release
    say "Docker is no longer limited; the limit held Docker back for $held_back" || true
}

# Finds the cgroup hierarchy that has the cpu controller, and its version. The version decides how
# the files of the hierarchy are named.
find_hierarchy() {
    root=$(awk '$3 == "cgroup" && $4 ~ /(^|,)cpu(,|$)/ {print $2; exit}' /proc/mounts)
    version=1
    if [[ -z $root ]]; then
        root=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
        version=2
        grep -qsw cpu "$root/cgroup.controllers" || die "No cgroup hierarchy has the cpu controller: mount one"
    fi
}

limit() { # limit PERCENT: of one processor, counted over periods of 0.1 s
    if ((version == 2)); then
        grep -qw cpu "$root/cgroup.subtree_control" || echo +cpu >"$root/cgroup.subtree_control"
        mkdir "$root/$group"
        echo "$(($1 * 1000)) 100000" >"$root/$group/cpu.max"
    else
        mkdir "$root/$group"
        echo 100000 >"$root/$group/cpu.cfs_period_us"
        echo $(($1 * 1000)) >"$root/$group/cpu.cfs_quota_us"
    fi
}

unlimit() {
    if ((version == 2)); then
        echo max >"$root/$group/cpu.max"
    else
        echo -1 >"$root/$group/cpu.cfs_quota_us"
    fi
}

held_back() {
    awk '/^nr_periods/ {periods = $2} /^nr_throttled/ {throttled = $2}
        /^throttled_time/ {seconds = $2 / 1e9} /^throttled_usec/ {seconds = $2 / 1e6}
        END {printf "%.1f s in total, in %d of the %d periods of 0.1 s in which Docker worked\n", seconds, throttled, periods}' "$root/$group/cpu.stat"
}

engine='dockerd|containerd|containerd-shim' # the kernel keeps only 15 characters of a name
forwarder=docker-proxy

# processes NAMES: prints the ids of the processes with these names. Leaves out processes in
# containers (Docker in Docker).
processes() {
    pgrep --ns $$ --nslist pid --exact "$1" || true
}

# Moves Docker's processes into the limited group, and Docker's port forwarders back out. A process
# that Docker starts later begins in the group, but a restarted dockerd does not. Containers are not
# limited, because runc moves each of them into a group below the hierarchy's root.
gather() {
    local process origin
    for process in $(processes "$engine"); do
        origin=$(group_of "$process") || continue # it has ended
        [[ $origin != "/$group" ]] || continue
        echo "$process $(<"/proc/$process/comm") $origin" >>"$state"
        move "$process" "/$group" || true
    done
    for process in $(processes "$forwarder"); do
        [[ $(group_of "$process") != "/$group" ]] || move "$process" "$(origin_of "$process")" || true
    done
} 2>/dev/null

# watch_over PROCESS: repeats gather until PROCESS (this script) has ended, and then lifts the
# limit. It runs in the background, so that the limit is lifted even if this script is killed.
watch_over() {
    trap - EXIT
    trap '' PIPE
    while [[ -d /proc/$1 ]]; do
        gather
        sleep 1
    done
    release
}

# Lifts the limit, moves the processes back and removes the group. A process may start a child
# before it is moved, so the move repeats until the group is empty.
release() {
    local try process
    if [[ -d $root/$group ]]; then
        unlimit
        for ((try = 0; try < 100; try++)); do
            for process in $(<"$root/$group/cgroup.procs"); do
                move "$process" "$(origin_of "$process")" || move "$process" / || true
            done
            ! rmdir "$root/$group" 2>/dev/null || break
            sleep 0.1
        done
        [[ ! -d $root/$group ]] || say "$root/$group still has processes; they have no limit any more" || true
    fi
    rm -f "$state"
}

move() { # move PROCESS GROUP
    echo "$1" >"$root$2/cgroup.procs"
} 2>/dev/null

group_of() { # group_of PROCESS
    local controllers path
    while IFS=: read -r _ controllers path; do
        if ((version == 2)); then
            [[ -n $controllers ]] || { echo "$path" && return; }
        elif [[ ,$controllers, == *,cpu,* ]]; then
            echo "$path" && return
        fi
    done <"/proc/$1/cgroup"
    return 1
} 2>/dev/null

# origin_of PROCESS: prints the original group of the process. A process that started inside the
# limited group gets the original group of the daemon that started it, dockerd or containerd.
origin_of() {
    local kind=dockerd
    [[ $(cat "/proc/$1/comm" 2>/dev/null) != @(containerd*|runc*) ]] || kind=containerd
    awk -v process="$1" -v kind="$kind" '$1 == process {own = $3} $2 == kind {daemon = $3}
        END {print own ? own : daemon ? daemon : "/"}' "$state" 2>/dev/null || echo /
}

say() { echo "slow-engine: $*" >&2; }

die() {
    say "$*"
    exit 2
}

main "$@"
