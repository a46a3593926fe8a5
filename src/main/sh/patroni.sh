# shellcheck shell=bash
# Reads the state of the databases from Patroni. PostgreSQL begins to replicate synchronously some
# seconds before Patroni permits the standby to take over, so only Patroni's state shows whether the
# standby may take over. "databases" has the names of the databases' containers.

has_primary() {
    [[ $(patroni) == *Leader*running* ]]
}

in_sync() {
    local nodes
    nodes=$(patroni)
    [[ $nodes == *Leader*running* ]] && grep --quiet 'Sync Standby .* streaming' <<<"$nodes"
}

# Prints Patroni's table of the databases. It asks the first database container that answers.
patroni() {
    local database
    for database in "${databases[@]}"; do
        timeout 30 docker exec "$database" patronictl --config-file /etc/patroni.yml list 2>/dev/null && return
    done
}
