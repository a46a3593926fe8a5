# shellcheck shell=bash
# Waits for conditions. While a wait lasts, it prints what is missing and why. For each condition
# COMMAND there may be a function why_COMMAND that prints the reason in one line. It gets the same
# arguments, asks as little as possible, and prints nothing if it knows nothing.

proc=/proc # the tests have another one

# await WHAT COMMAND…: repeats the command until it succeeds. Prints a changed reason after 5 s and
# then every 10 s, and repairs what it finds broken. Waits for at most three minutes, and for longer
# on a machine that is overloaded or slow. A wait for controllers ends at once if one cannot start
# because of its configuration.
await() {
    local what=$1 since=$SECONDS patience=180 limit reason='' told='' waited next=5
    shift
    limit=$patience
    printf '%s•%s %s … ' "$bold" "$plain" "$what" >&2
    until "$@" >/dev/null 2>&1; do
        waited=$((SECONDS - since))
        case $1 in
            controllers_ready) require_starting $((waited + 1)) "${controllers[@]}" ;;
            has_joined) require_starting $((waited + 1)) "$installation-controller-$2" ;;
        esac
        if ((waited >= next || waited >= limit)); then
            next=$((waited + 10))
            reason=$(why "$@")
            [[ $reason == "$told" ]] || aside "after $waited s" "$reason$(burden)"
            told=$reason
            ! needs_ports "$1" || repair_ports
        fi
        ((waited < limit)) || limit=$(longer "$patience" "$limit" "$waited") || give_up "$waited" "$what" "$reason"
        sleep 0.2
    done
    printf '%d s\n' $((SECONDS - since)) >&2
}

# aside WHEN TEXT: continues the line of a wait on a line of its own.
aside() {
    printf '\n    %s: %s … ' "$1" "$2" >&2
}

give_up() { # give_up SECONDS WHAT REASON
    echo >&2
    die "Timed out after $1 s, still waiting for: $2. The reason: $3$(burden)." \
        "./autoserve doctor             # finds what is wrong, and how to fix it" \
        "./autoserve platform status    # shows the containers" "./autoserve platform logs" \
        "./autoserve platform up        # continues where this stopped"
}

# longer PATIENCE LIMIT SECONDS: prints the longer limit that the load of the machine justifies now,
# up to ten times the patience. Fails if the machine is not slow enough for that.
longer() {
    local limit=$(($1 * $(slowness)))
    ((limit > $2)) || return
    aside "after $3 s" "the wait continues for up to $limit s, because this machine is slow$(burden)"
    echo "$limit"
}

# Prints how many times slower than usual this machine is, from 1 to 10: the load of each core, or the
# time of a call to Docker compared with half a second, whichever is more.
slowness() {
    local load cores start=${EPOCHREALTIME/[.,]/} by_load by_docker
    load=$(load_average) cores=$(cores)
    by_load=$((${load%.*} / cores))
    timeout 30 docker version >/dev/null 2>&1 || true # only its time counts
    by_docker=$(((${EPOCHREALTIME/[.,]/} - start) / 500000))
    most $((by_load > by_docker ? by_load : by_docker)) 1 10
}

most() { # most NUMBER LOWEST HIGHEST: prints the number within these limits
    echo $(($1 < $2 ? $2 : $1 > $3 ? $3 : $1))
}

# Prints what this machine lacks, as the end of a sentence. Prints nothing if it lacks nothing.
burden() {
    local load cores resource
    load=$(load_average) cores=$(cores)
    ((${load%.*} < 2 * cores)) || printf '; load average %s on %d cores' "${load%.*}" "$cores"
    for resource in cpu memory io; do stalled "$resource"; done
    short_of_memory
    short_of_disk
}

load_average() {
    cut -d ' ' -f 1 "$proc/loadavg" 2>/dev/null || echo 0
}

cores() {
    local cores
    cores=$(grep -c '^processor' "$proc/cpuinfo" 2>/dev/null) && echo "$cores" || nproc
}

# stalled RESOURCE: reports if processes waited for this resource during a quarter of the last ten
# seconds. Linux tells this for the CPU by `some`, since some process nearly always runs.
stalled() {
    local kind=full name=memory share
    case $1 in
        cpu) kind=some name='the CPU' ;;
        io) name='the disk' ;;
    esac
    share=$(sed -n "s/^$kind avg10=\([0-9]*\).*/\1/p" "$proc/pressure/$1" 2>/dev/null) || return 0
    ((${share:-0} < 25)) || printf '; processes waited for %s %d %% of the time' "$name" "$share"
}

short_of_memory() {
    awk '/^MemTotal:/ {total = $2} /^MemAvailable:/ {available = $2}
        END {if (total && available * 10 < total) printf "; %d MiB of memory available", available / 1024}' "$proc/meminfo" 2>/dev/null || true
}

short_of_disk() {
    local folder free
    for folder in "${home:-$top}" "$(docker_root)"; do
        free=$(df --output=avail -m "$folder" 2>/dev/null | tail -n 1) || continue
        ((free >= 1024)) || { printf '; %d MiB free on the disk of %s' "$free" "$folder" && return; }
    done
}

docker_root() {
    timeout 10 docker info --format '{{.DockerRootDir}}' 2>/dev/null || true
}

# why COMMAND…: prints why the condition does not hold.
why() {
    local reason=''
    ! declare -F "why_$1" >/dev/null || reason=$("why_$1" "${@:2}" 2>/dev/null) || true
    echo "${reason:-the cause is unknown}"
}

# trouble CONTAINER…: prints why the first of these containers does not run that does not. Fails if
# all run.
trouble() {
    local container state code
    for container; do
        if ! read -r state code < <(timeout 10 docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$container" 2>/dev/null); then
            echo "there is no container $container, or Docker does not answer"
        elif [[ $state == exited || $state == restarting || $state == dead ]]; then
            echo "$container is $state (exit code $code): $(last_words "$container")"
        elif [[ $state != running ]]; then
            echo "$container is $state"
        else
            continue
        fi
        return
    done
    return 1
}

# Prints the last line of the log of the container, without control characters.
last_words() {
    local line
    line=$(timeout 10 docker logs --tail 1 "$1" 2>&1 | tr -d '\000-\037\177' | head -c 300)
    echo "${line:-its log is empty}"
}

why_controllers_ready() {
    local number
    for number in 1 2 3; do ! why_unready "$number" || return 0; done
}

why_has_joined() {
    why_unready "$1" || why_one_leader
}

# why_unready NUMBER: fails if this controller is ready.
why_unready() {
    local controller=$installation-controller-$1 port answer detail
    port=$(controller_ports | cut -d ' ' -f "$1")
    ! trouble "$controller" || return 0
    answer=$(ask "$port" /health/ready) || true
    [[ $answer != 'HTTP/1.'?' 200 '* ]] || return 1
    detail=$(detail <<<"$answer")
    if [[ $detail ]]; then
        echo "$controller is not ready: $detail$(and_the_databases)"
    elif [[ $answer ]]; then
        echo "$controller is not ready"
    else
        echo "$controller runs, but does not answer at port $port$(and_the_databases)"
    fi
}

# Prints the detail of a problem in JSON.
detail() {
    sed -n 's/.*"detail" *: *"\(\([^"\\]\|\\.\)*\)".*/\1/p' | tail -n 1
}

and_the_databases() {
    local reason
    reason=$(why_has_primary)
    [[ -z $reason ]] || echo " ($reason)"
}

# Prints nothing if there is a primary.
why_has_primary() {
    local nodes
    nodes=$(patroni)
    if [[ $nodes == *Leader*running* ]] || trouble "$installation-etcd" "${databases[0]}"; then
        return
    elif [[ -z $nodes ]]; then
        echo "Patroni does not answer in ${databases[0]}: $(last_words "${databases[0]}")"
    elif [[ $nodes != *Leader* ]]; then
        echo "no database is the primary: $(members <<<"$nodes")"
    else
        echo "the primary database does not accept connections: $(members <<<"$nodes")"
    fi
}

why_in_sync() {
    local reason
    reason=$(why_has_primary)
    if [[ $reason ]]; then
        echo "$reason"
    else
        trouble "${databases[@]}" || echo "the standby is not in sync with the primary: $(patroni | members)"
    fi
}

# Prints the role and the state of each database, from Patroni's table.
members() {
    awk -F ' *[|] *' 'NF > 5 && $2 != "Member" {printf "%s%s is %s, %s", sep, $2, $4, $5; sep = "; "}'
}

# Prints nothing if there is one leader by now.
why_one_leader() {
    local leaders
    leaders=$(leader | xargs)
    case $leaders in
        '') echo "no controller reports that it leads$(and_the_databases)" ;;
        *' '*) echo "several controllers report that they lead: $leaders" ;;
    esac
}

why_answers() {
    local reason
    trouble "$installation-controller-lb" && return
    reason=$(ask "$1" "$2" | detail) || true
    echo "127.0.0.1:$1 ${reason:+reports: }${reason:-does not answer}"
}

why_answers_by_tls() {
    trouble "$installation-controller-lb" || echo "127.0.0.1:${AUTOSERVE_API_TLS_PORT:-8443} does not answer: $(last_words "$installation-controller-lb")"
}

why_nginx_answers() {
    local name=${2:-$installation-nginx}
    trouble "$name" || echo "127.0.0.1:$1 does not answer, although $name runs"
}

why_checks_pass() {
    local name
    for name in $(docker ps --format '{{.Names}}' --filter "label=com.docker.compose.project=$installation"); do
        ! why_passes "$name" || return 0
    done
}

# why_passes CONTAINER: fails if the container passes its health check. Prints what the check prints now,
# because the last one that Docker ran may be minutes old.
why_passes() {
    local output status=0
    ! trouble "$1" || return 0
    output=$(passes "$1" 2>&1) || status=$?
    case $status in
        0) return 1 ;;
        124) output='it takes more than 60 s' ;;
        *) output=$(tr -d '\000-\011\013-\037\177' <<<"$output" | grep . | tail -n 1 | head -c 300) || output='it prints nothing' ;;
    esac
    echo "$1 does not pass its health check: $output"
}

why_distribute() {
    trouble "$installation-authority" || last_words "$installation-authority"
}

# why_every_part CHECK ARGUMENT…: names the first container that does not run.
why_every_part() {
    local second=()
    ! exists "$second_proxy" || second=("$second_proxy")
    trouble "${controllers[@]}" "$installation-nginx" "${second[@]}" "${databases[@]}" "$installation-etcd" ||
        echo "a part has not read its new files yet, which each part does within a minute"
}

# require_starting SECONDS CONTROLLER…: fails if one of these controllers has restarted at least
# twice and has reported within the last SECONDS why it does not start. Older reports do not count,
# since their cause may be fixed by now.
require_starting() {
    local sentence='the controller does not start: ' controller reason
    for controller in $(restarted_twice "${@:2}"); do
        reason=$(docker logs --since "$1s" --tail 5 "$controller" 2>&1 | grep "autoserve: $sentence" | tail -n 1) || continue
        echo >&2
        die "$controller: $sentence${reason#*"$sentence"}" "Fix the cause, then run ./autoserve platform up again." \
            "./autoserve platform logs ${controller#"$installation"-}    # shows its log"
    done
}

restarted_twice() {
    docker inspect --format '{{.RestartCount}} {{.Name}}' "$@" 2>/dev/null | awk '$1 >= 2 {print substr($2, 2)}'
}
