package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;

class SearchTest {
    private static final SocketAddress A = SocketAddress.inetSocketAddress(5432, "a");
    private static final SocketAddress B = SocketAddress.inetSocketAddress(5432, "b");

    /** The next search waits for the same attempt if it was in progress when it began. */
    @Test
    void a_session_that_an_earlier_search_has_closed_is_not_chosen() {
        var late = Promise.<Session>promise();
        var chosen = new Search(List.of(A, B), List.of(silent(), late.future())).chosen(true);
        var session = session(B);

        session.close();
        late.complete(session);

        assertThat(chosen.failed()).isTrue();
        assertThat(chosen.cause())
                .hasMessage(
                        "no primary: %s has not answered yet; %s has lost its connection or answered too late"
                                .formatted(A, B));
    }

    private static Future<Session> silent() {
        return Promise.<Session>promise().future();
    }

    private static Session session(SocketAddress address) {
        var connection =
                Proxy.newProxyInstance(
                        PgConnection.class.getClassLoader(),
                        new Class<?>[] {PgConnection.class},
                        (_, method, _) -> {
                            throw new UnsupportedOperationException(method.getName());
                        });
        return new Session(new Socket(), (PgConnection) connection, address, 1);
    }

    private record Socket() implements ConnectionFactory<PgConnectOptions> {
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
            done.succeed();
        }
    }
}
