# shellcheck shell=bash
# Repairs what a crash, a killed command or Docker itself left broken, which Compose does not: containers
# that hang, endpoints of containers that are gone, and published ports that lead nowhere.

# Prepares the containers and networks of an earlier start for Compose. A container that could not start
# because of an endpoint is removed first, which leaves the endpoint without a container.
repair_leftovers() {
    repair_containers
    free_endpoints
}

# Continues, restarts or removes each container of the platform that hangs. A container that was only created, or that is
# dead, holds no data, and Compose creates it again.
repair_containers() {
    local condition name
    while read -r condition name; do
        case $condition in
            created | dead) step "removing $name, which is $condition and does not run" platform-up docker rm --force "$name" || true ;;
            paused) step "continuing $name, which is paused" platform-up docker unpause "$name" || true ;;
            restarting) step "restarting $name, which ended again and again" platform-up docker restart "$name" || true ;;
        esac
    done < <(docker ps --all --filter "label=com.docker.compose.project=$installation" --format '{{.State}} {{.Names}}')
}

# Frees each endpoint of the platform's networks that no container has any more. Docker keeps one if
# it was interrupted while it removed the container. It then refuses to remove the network, or to start
# a container of this name. An endpoint whose container exists stays, because the container may just be
# starting, and Docker would forget the network of a container that does not run.
free_endpoints() {
    local network name endpoints containers
    for network in $(platform_networks); do
        endpoints=$(network "$network" '{{range .Containers}}{{println .Name}}{{end}}') || continue
        containers=$(docker ps --all --format '{{.Names}}') || continue # asked last, or a new one would be missing
        for name in $endpoints; do
            ! grep --quiet --line-regexp --fixed-strings -- "$name" <<<"$containers" || continue
            step "freeing the endpoint of $name in the network $network, which has no container any more" platform-repair \
                docker network disconnect --force "$network" "$name" || true
        done
    done
}

platform_networks() {
    docker network ls --filter "label=com.docker.compose.project=$installation" --format '{{.Name}}'
}

# needs_ports COMMAND: returns whether this condition asks through a published port.
needs_ports() {
    [[ $1 == @(controllers_ready|has_joined|one_leader|answers|answers_by_tls|nginx_answers) ]]
}

# Restarts each container that passes its own check while its port on this machine refuses
# connections: Docker's proxy of the port has died. Restarts a container only once.
repair_ports() {
    local container port
    while read -r container port; do
        [[ ${repaired-} != *" $container "* ]] && broken_port "$container" "$port" || continue
        repaired+=" $container "
        echo >&2
        step "restarting $container, which is healthy but refuses connections at port $port of this machine" platform-repair \
            docker restart "$container" || true
    done < <(published_ports)
}

# broken_port CONTAINER PORT: asks twice, since the container may have begun to listen meanwhile. A
# container without a health check has half a minute to begin.
broken_port() {
    ! connects "$2" && runs_for_long "$1" && passes "$1" >/dev/null 2>&1 && ! connects "$2"
}

runs_for_long() {
    local since
    since=$(docker inspect --format '{{.State.StartedAt}}' "$1" 2>/dev/null) && (($(date +%s) - $(date --date "$since" +%s) >= 30))
}

published_ports() {
    local port number=1
    for port in $(controller_ports); do echo "$installation-controller-$((number++)) $port"; done
    echo "$installation-controller-lb ${AUTOSERVE_API_PORT:-8000}"
    echo "$installation-nginx ${AUTOSERVE_HTTP_PORT:-80}"
    ! exists "$second_proxy" || echo "$second_proxy $second_http_port"
}

# connects PORT: returns whether this port of this machine accepts connections. Returns true if it does
# not answer in time, because an overloaded machine may need longer, and a restart would not help it.
connects() {
    timeout 5 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0"' "$1" || (($? == 124))
} 2>/dev/null

# remove_rest [--volumes]: removes one by one what Compose could not remove. A part that cannot be
# removed keeps no other part.
remove_rest() {
    local name
    free_endpoints
    for name in $(leftovers container); do docker rm --force --volumes "$name" || true; done
    free_endpoints
    for name in $(leftovers network); do docker network rm "$name" || true; done
    [[ -z ${1-} ]] || for name in $(leftovers volume); do docker volume rm --force "$name" || true; done
}

all_leftovers() { # all_leftovers [--volumes]
    local kind
    for kind in container network ${1:+volume}; do leftovers "$kind"; done
}

# leftovers KIND: prints the platform's containers, networks or volumes.
leftovers() {
    local of="label=com.docker.compose.project=$installation"
    case $1 in
        container)
            docker ps --all --filter "$of" --format '{{.Names}}'
            instances
            ;;
        network) docker network ls --filter "$of" --format '{{.Name}}' ;;
        volume) docker volume ls --filter "$of" --format '{{.Name}}' ;;
    esac | sort -u
}

# report_leftovers [--volumes]: fails if something is left, and prints how to remove it.
report_leftovers() {
    local kind names name users left='' commands=()
    for kind in container network ${1:+volume}; do
        names=$(leftovers "$kind" | xargs)
        [[ $names ]] || continue
        left+="; $kind $names"
        case $kind in
            container) commands+=("docker rm --force $names") ;;
            network)
                for name in $names; do
                    users=$(network "$name" '{{range .Containers}}{{.Name}} {{end}}' | xargs)
                    [[ -z $users ]] || commands+=("docker network disconnect --force $name CONTAINER    # is in use by: $users")
                done
                commands+=("docker network rm $names")
                ;;
            volume) commands+=("docker volume rm $names") ;;
        esac
    done
    [[ -z $left ]] || die "These could not be removed: ${left#; }. The end of $state/log/platform-down.log shows why. Remove them by hand, or try again:" \
        "${commands[@]}" "./autoserve platform down ${1-}"
}
