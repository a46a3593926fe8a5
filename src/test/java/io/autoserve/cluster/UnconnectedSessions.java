package io.autoserve.cluster;

import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.lang.reflect.Proxy;

/** Creates sessions without a database, and counts how many of them were closed. */
final class UnconnectedSessions {
    private int closed;

    Session session(SocketAddress address, long timeline) {
        var connection =
                Proxy.newProxyInstance(
                        PgConnection.class.getClassLoader(),
                        new Class<?>[] {PgConnection.class},
                        (_, method, _) -> {
                            throw new UnsupportedOperationException(method.getName());
                        });
        return new Session(new Socket(), (PgConnection) connection, address, timeline);
    }

    int closed() {
        return closed;
    }

    private final class Socket implements ConnectionFactory<PgConnectOptions> {
        @Override
        public Future<SqlConnection> connect(Context context, Future<PgConnectOptions> options) {
            return Future.failedFuture("it connects to nothing");
        }

        @Override
        public Future<SqlConnection> connect(Context context, PgConnectOptions options) {
            return Future.failedFuture("it connects to nothing");
        }

        @Override
        public void close(Completable<Void> done) {
            closed++;
            done.succeed();
        }
    }
}
