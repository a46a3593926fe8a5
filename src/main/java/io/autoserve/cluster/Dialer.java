package io.autoserve.cluster;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.SslMode;
import io.vertx.pgclient.spi.PgDriver;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Opens a connection to one database and asks the database for its role. */
final class Dialer {
    /**
     * How long sent bytes may stay unacknowledged before the kernel drops the connection. This
     * needs the native transport (epoll). Without it, a half-open connection stays open until its
     * owner closes it.
     */
    private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(2);

    /**
     * Makes the database drop the connections of an unreachable controller after about 11 s. With
     * the defaults of Linux, this would take two hours. The dead connections would accumulate until
     * the database accepts no more connections.
     */
    private static final Map<String, String> KEPT_ALIVE =
            Map.of(
                    "tcp_keepalives_idle", "5",
                    "tcp_keepalives_interval", "2",
                    "tcp_keepalives_count", "3");

    /**
     * Selects the timeline of a primary, or 0 for a standby. The first eight digits of a WAL file's
     * name are the timeline.
     */
    private static final String ROLE =
            """
            select case when pg_is_in_recovery() then 0 else
                ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end
            """;

    private final Vertx vertx;

    /**
     * The context in which sockets are created. What is created in the context of a verticle would
     * be closed with that verticle, although others may use it.
     */
    private final Context home;

    private final PgConnectOptions login;
    private final @Nullable Supplier<ClientSSLOptions> tls;
    private final AttemptObserver observer;

    /**
     * Must not be called by a verticle.
     *
     * @param login how to log in to any of the databases
     * @param tls returns the present options for TLS; null for no TLS
     */
    Dialer(
            Vertx vertx,
            PgConnectOptions login,
            @Nullable Supplier<ClientSSLOptions> tls,
            AttemptObserver observer) {
        this.vertx = vertx;
        this.home = vertx.getOrCreateContext();
        this.login = login;
        this.tls = tls;
        this.observer = observer;
    }

    /** Returns a dialer that opens its connections on another Vert.x instance. */
    Dialer on(Vertx other) {
        return new Dialer(other, login, tls, observer);
    }

    Vertx vertx() {
        return vertx;
    }

    /**
     * Opens a connection. Its socket is closed if this fails.
     *
     * @param context the context of the connection
     * @param settings settings of the session, by their names in PostgreSQL
     * @param deadline time limit until the database has authenticated the controller. The query for
     *     the role then gets the same time again, because by then most of the work is done and
     *     should not be thrown away
     * @return a session with a database in any role; fails with a {@link TimeoutException} if the
     *     database missed the deadline
     */
    Future<Session> open(
            Context context,
            SocketAddress address,
            Map<String, String> settings,
            Duration deadline) {
        var opened = Promise.<Session>promise();
        home.runOnContext(_ ->
                Future.succeededFuture(deadline)
                        .compose(time -> openAtHome(context, address, settings, time))
                        .onComplete(opened)); // also if an option is refused
        return opened.future();
    }

    private Future<Session> openAtHome(
            Context context,
            SocketAddress address,
            Map<String, String> settings,
            Duration deadline) {
        var socket = PgDriver.INSTANCE.createConnectionFactory(vertx, transport(deadline));
        return socket.connect(context, options(address, settings))
                .map(PgConnection::cast)
                .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                .compose(connection ->
                        role(connection)
                                .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                                .map(timeline ->
                                        new Session(socket, connection, address, timeline)))
                .recover(failure -> Future.failedFuture(named(failure, deadline)))
                .onFailure(_ -> socket.close(Promise.promise()))
                .onComplete(result -> observer.ended(nameOf(address), outcome(result)));
    }

    /** Returns the present timeline of a primary, or 0 for a standby. */
    static Future<Long> role(PgConnection connection) {
        return connection.query(ROLE).execute().map(rows -> rows.iterator().next().getLong(0));
    }

    /**
     * Returns the message of the failure. If TLS failed, adds the alert, since the message alone
     * may say only that the connection was lost.
     */
    static String reason(Throwable failure) {
        var message = String.valueOf(failure.getMessage());
        return failure.getCause() instanceof SSLException alert
                ? message + ": " + alert.getMessage()
                : message;
    }

    private static AttemptObserver.Outcome outcome(AsyncResult<Session> result) {
        if (result.succeeded()) {
            return AttemptObserver.Outcome.CONNECTED;
        }
        return result.cause() instanceof TimeoutException
                ? AttemptObserver.Outcome.LATE
                : AttemptObserver.Outcome.FAILED;
    }

    private static Throwable named(Throwable failure, Duration deadline) {
        return failure instanceof TimeoutException
                ? new TimeoutException("has not answered for %d ms".formatted(deadline.toMillis()))
                : failure;
    }

    private PgConnectOptions options(SocketAddress address, Map<String, String> settings) {
        var options = new PgConnectOptions(login).setHost(address.host()).setPort(address.port());
        options.setMetricsName(nameOf(address));
        if (tls != null) {
            options.setSslMode(SslMode.VERIFY_FULL).setSslOptions(tls.get());
        }
        KEPT_ALIVE.forEach(options::addProperty);
        settings.forEach(options::addProperty);
        return options;
    }

    /** Returns the name of a database in all metrics. */
    private static String nameOf(SocketAddress address) {
        return address.host() + ":" + address.port();
    }

    private static NetClientOptions transport(Duration deadline) {
        return new NetClientOptions()
                .setConnectTimeout((int) deadline.toMillis())
                .setTcpKeepAlive(true)
                .setTcpUserTimeout((int) UNACKNOWLEDGED.toMillis());
    }
}
