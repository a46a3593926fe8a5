package io.autoserve.cluster;

import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.util.function.Function;

/**
 * Makes a pool open its connections by a function, so that they pass the same gates as all other
 * connections. The builder of a pool could only be told an address.
 */
final class PooledDriver extends PgDriver {
    private final Function<Context, Future<Session>> open;

    PooledDriver(Function<Context, Future<Session>> open) {
        this.open = open;
    }

    @Override
    public ConnectionFactory<PgConnectOptions> createConnectionFactory(
            Vertx vertx, NetClientOptions transport) {
        return new Connections(open);
    }

    private record Connections(Function<Context, Future<Session>> open)
            implements ConnectionFactory<PgConnectOptions> {
        @Override
        public Future<SqlConnection> connect(Context context, Future<PgConnectOptions> options) {
            return options.compose(known -> connect(context, known));
        }

        @Override
        public Future<SqlConnection> connect(Context context, PgConnectOptions options) {
            return SqlChannel.on(context, open.apply(context).map(Connections::handedOver));
        }

        /** Returns the connection. Frees the session's socket when the connection is closed. */
        private static SqlConnection handedOver(Session session) {
            SqlChannel.of(session.connection()).closeFuture().addListener(_ -> session.close());
            return session.connection();
        }

        /** Succeeds at once, because the pool closes its connections itself. */
        @Override
        public void close(Completable<Void> closed) {
            closed.succeed();
        }
    }
}
