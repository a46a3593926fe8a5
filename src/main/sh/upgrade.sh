# shellcheck shell=bash
# How a platform that runs becomes what the images, docker-compose.yml and the variables say by now: part after part, so that
# what it does for others is done meanwhile.

upgrade_databases() {
    ! has_primary || renew_databases
    step "starting the databases" platform-up compose up --detach etcd postgres-primary postgres-replica || exit
    await "one database is the primary and its replica is in sync" in_sync
}

# The primary last: when it is stopped it hands over to the other, which must have everything by then. Asked for a switchover
# before, it took just as long.
renew_databases() {
    local database
    for database in "$installation-etcd" $(with_last "$(primary)" "${databases[@]}"); do
        ! renewed "$database" || await "one database is the primary and its replica is in sync" in_sync
    done
}

primary() {
    patroni | awk '/ Leader / {print $2}'
}

# The databases show a certificate that was renewed from here on.
renew_certificates() {
    local database
    for database in "${databases[@]}"; do
        docker exec "$database" bash -c "take-certificate && pg_ctl reload" || return
    done
}

# One at a time, so that two always serve, and the leader last, so that another leads only once. Where none leads there is nobody
# to be careful of: they start with the rest.
upgrade_controllers() {
    local leading controller
    leading=$(leader)
    [[ $leading ]] || return 0
    for controller in $(with_last "$leading" "${controllers[@]}"); do
        ! renewed "$controller" || await "$controller is ready, and one controller leads" has_joined "${controller##*-}"
    done
}

has_joined() {
    answers "$(controller_ports | cut -d ' ' -f "$1")" /health/ready && one_leader
}

with_last() { # with_last ONE ALL…
    printf '%s\n' "${@:2}" | grep --invert-match --line-regexp "$1"
    echo "$1"
}

# renewed CONTAINER: whether Compose made it anew. What for is Compose's to know, which compares image, file and variables.
renewed() {
    local before
    before=$(container_id "$1")
    step "updating $1" platform-up compose up --detach "${1#"$installation-"}" || exit
    [[ $(container_id "$1") != "$before" ]]
}

container_id() {
    docker inspect --format '{{.Id}}' "$1" 2>/dev/null
}
