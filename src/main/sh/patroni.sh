# shellcheck shell=bash
# How the databases are, as Patroni knows it. PostgreSQL replicates in step some seconds before Patroni may let the standby
# take over. "databases" are their containers.

has_primary() {
    [[ $(patroni) == *Leader*running* ]]
}

in_sync() {
    local nodes
    nodes=$(patroni)
    [[ $nodes == *Leader*running* ]] && grep --quiet 'Sync Standby .* streaming' <<<"$nodes"
}

# Asked in any database's container that runs.
patroni() {
    local database
    for database in "${databases[@]}"; do
        docker exec "$database" patronictl --config-file /etc/patroni.yml list 2>/dev/null && return
    done
}
