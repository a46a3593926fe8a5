package io.autoserve.store;

import io.autoserve.model.Replica;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.util.List;
import java.util.stream.StreamSupport;

/** Lists the standbys of the primary, and how far each is behind. */
public final class Replication {
    /**
     * {@code pg_stat_replication} shows the state and the lag only to members of {@code
     * pg_monitor}.
     */
    private static final String REPLICAS =
            """
            select application_name, coalesce(state, 'unknown') as state,
                pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint as lag
            from pg_stat_replication order by application_name
            """;

    private final Pool pool;

    public Replication(Pool pool) {
        this.pool = pool;
    }

    /**
     * Returns the standbys that the primary reports, sorted by name. Fails while there is no
     * primary.
     */
    public Future<List<Replica>> replicas() {
        return pool.query(REPLICAS)
                .execute()
                .map(rows ->
                        StreamSupport.stream(rows.spliterator(), false)
                                .map(Replication::replica)
                                .toList());
    }

    private static Replica replica(Row row) {
        return new Replica(
                row.getString("application_name"), row.getString("state"), row.getLong("lag"));
    }
}
