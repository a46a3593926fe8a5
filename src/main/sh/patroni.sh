# shellcheck shell=bash
# Reads the state of the databases from Patroni. PostgreSQL replicates synchronously some seconds before Patroni permits the
# standby to take over. "databases" has the names of their containers.

has_primary() {
    [[ $(patroni) == *Leader*running* ]]
}

in_sync() {
    local nodes
    nodes=$(patroni)
    [[ $nodes == *Leader*running* ]] && grep --quiet 'Sync Standby .* streaming' <<<"$nodes"
}

# Runs in the first container of a database that answers.
patroni() {
    local database
    for database in "${databases[@]}"; do
        docker exec "$database" patronictl --config-file /etc/patroni.yml list 2>/dev/null && return
    done
}
