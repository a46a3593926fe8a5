# shellcheck shell=bash
# Upgrades a running platform to the present images, docker-compose.yml and variables. It replaces
# one part at a time, so that the platform keeps serving.

notice_seconds=15 # more than most load balancers need to notice that an nginx is back

# Earlier versions had one network for apps and platform, and no TLS between etcd and the databases.
# Parts of such a version and of this one cannot talk to each other, so the old ones stop before the
# new ones start. Apps keep running meanwhile, and nginx passes requests to them. The standby stops
# before the primary, so that the primary stays the primary. If `platform up` is interrupted, the next
# one finds what is left of the earlier version.
stop_earlier_version() {
    local part
    for part in "$installation-etcd" "${databases[@]}"; do
        if is_earlier_version "$part"; then
            step "stopping the controllers and databases of the earlier version" platform-up stop_control_plane || exit
            return
        fi
    done
}

# Returns whether the container exists and has no folder for its certificate.
is_earlier_version() {
    local folders
    folders=$(docker inspect --format '{{range .Mounts}}{{.Destination}} {{end}}' "$1" 2>/dev/null) && [[ " $folders" != *' /run/autoserve '* ]]
}

stop_control_plane() {
    local part
    for part in "${controllers[@]}" $(with_last "$(primary)" "${databases[@]}") "$installation-etcd"; do
        ! runs "$part" || docker stop -t 60 "$part" || return
    done
}

upgrade_databases() {
    ! has_primary || renew_databases
    step "starting the databases" platform-up compose up --detach etcd postgres-primary postgres-replica || exit
    await "one database is the primary and its standby is in sync" in_sync
    rm -f "$secrets/$installation-postgres".{key,crt} # an earlier version mounted them into the databases
}

# Replaces the primary last. When the primary stops, the standby takes over, so the standby must
# have all data by then. An explicit switchover took just as long.
renew_databases() {
    local database
    for database in "$installation-etcd" $(with_last "$(primary)" "${databases[@]}"); do
        ! renewed "$database" || await "one database is the primary and its standby is in sync" in_sync
    done
}

primary() {
    patroni | awk '/ Leader / {print $2}'
}

# Replaces the controllers one at a time, so that two always serve, and the leader last, so that
# leadership moves only once. Does nothing if no controller leads: all controllers then start with
# the other services.
upgrade_controllers() {
    local leading controller
    leading=$(leader)
    [[ $leading ]] || return 0
    for controller in $(with_last "$leading" "${controllers[@]}"); do
        ! renewed "$controller" || await "$controller is ready, and one controller leads" has_joined "${controller##*-}"
    done
}

# Starts a second nginx before the controllers that know of it, and removes one that is no longer desired
# while the controllers still know of it. Otherwise it would serve without their changes of the routes,
# and pass on requests to instances that have stopped.
start_or_remove_second_proxy() {
    if [[ $(number_of_proxies) == 1 ]]; then
        ! exists "$second_proxy" || step "removing the second nginx" platform-up remove_second_proxy || exit
    else
        exists "$second_proxy" || step "starting the second nginx" platform-up compose up --detach nginx-2 || exit
    fi
}

# Replaces one of two nginx at a time, so that the other one serves meanwhile. A load balancer in front of
# them needs some time until it notices that the first one is back. A single nginx is replaced with the
# other services.
upgrade_proxies() {
    [[ $(number_of_proxies) != 1 ]] || return 0
    if renewed "$installation-nginx"; then
        await "nginx answers" nginx_answers "${AUTOSERVE_HTTP_PORT:-80}"
        step "waiting until load balancers use nginx again" platform-up sleep "$notice_seconds"
    fi
    ! renewed "$second_proxy" || await "the second nginx answers" nginx_answers "$second_http_port" "$second_proxy"
}

# nginx answers what it has begun, for as long as Compose would wait for it.
remove_second_proxy() {
    docker stop --time 10 "$second_proxy" && docker rm --volumes "$second_proxy"
}

has_joined() {
    answers "$(controller_ports | cut -d ' ' -f "$1")" /health/ready && one_leader
}

with_last() { # with_last ONE ALL…: prints ALL with ONE as the last
    printf '%s\n' "${@:2}" | grep --invert-match --line-regexp "$1"
    echo "$1"
}

# renewed CONTAINER: updates the container and returns whether Compose recreated it. Compose
# recreates a container if its image, its part of docker-compose.yml or a variable changed.
renewed() {
    local before
    before=$(container_id "$1")
    step "updating $1" platform-up compose up --detach "${1#"$installation-"}" || exit
    [[ $(container_id "$1") != "$before" ]]
}

container_id() {
    docker inspect --format '{{.Id}}' "$1" 2>/dev/null
}
