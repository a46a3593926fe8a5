package io.autoserve.cluster;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the primary, wherever it is now: all databases are asked on every connect, since the
 * client of Vert.x knows one address only.
 */
public final class Databases {
    /** For the whole way from the socket to the answer whether it is the primary. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /**
     * How long sent bytes may stay unacknowledged before the kernel gives the connection up. Needs
     * the native transport (epoll); elsewhere a half-open connection lives until its owner drops
     * it.
     */
    private static final Duration UNACKNOWLEDGED = Duration.ofSeconds(2);

    /**
     * A frozen controller must not keep the leader row locked in an open transaction, or no other
     * could begin a term.
     */
    private static final Map<String, String> POOLED =
            Map.of(
                    "application_name", "autoserve",
                    "idle_in_transaction_session_timeout", "1s",
                    "statement_timeout", "5s");

    private final Vertx vertx;
    private final List<SocketAddress> addresses;
    private final PgConnectOptions login;
    private volatile @Nullable SocketAddress primary;

    /**
     * @param hosts {@code host:port}, comma-separated
     */
    public Databases(Vertx vertx, String hosts, String database, String user, String password) {
        this.vertx = vertx;
        this.addresses = Arrays.stream(hosts.split(",")).map(Databases::address).toList();
        this.login =
                new PgConnectOptions()
                        .setDatabase(database)
                        .setUser(user)
                        .setPassword(password)
                        .setCachePreparedStatements(true);
    }

    /**
     * A connection of its own to the primary.
     *
     * @param settings of the session, by the names PostgreSQL gives them
     * @return fails within about two seconds where there is no primary
     */
    public Future<Session> connect(Map<String, String> settings) {
        var attempts = addresses.stream().map(address -> primary(address, settings)).toList();
        return Future.any(attempts)
                .recover(_ -> Future.failedFuture(noPrimary(attempts)))
                .map(_ -> first(attempts))
                .onComplete(
                        chosen -> primary = chosen.succeeded() ? chosen.result().address() : null)
                .onSuccess(chosen -> attempts.forEach(attempt -> closeUnless(chosen, attempt)));
    }

    /** For ordinary work. After a failover its new connections lead to the new primary. */
    public Pool pool(int size) {
        return PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(size).setConnectionTimeout(5))
                .with(transport())
                .connectingTo(this::optionsForPool)
                .using(vertx)
                .build();
    }

    /** {@code host:port} of the last one found; null while there is none. */
    public @Nullable String primary() {
        var last = primary;
        return last == null ? null : last.host() + ":" + last.port();
    }

    private Future<Session> primary(SocketAddress address, Map<String, String> settings) {
        var socket = PgDriver.INSTANCE.createConnectionFactory(vertx, transport());
        return socket.connect(vertx.getOrCreateContext(), options(address, settings))
                .map(connection -> new Session(socket, PgConnection.cast(connection), address))
                .compose(Databases::refuseStandby)
                .timeout(CONNECT.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(_ -> socket.close(Promise.promise()));
    }

    private static Future<Session> refuseStandby(Session session) {
        return session.connection()
                .query("select pg_is_in_recovery()")
                .execute()
                .compose(rows ->
                        rows.iterator().next().getBoolean(0)
                                ? Future.failedFuture("is a standby")
                                : Future.succeededFuture(session));
    }

    private static Session first(List<Future<Session>> attempts) {
        return attempts.stream().filter(Future::succeeded).findFirst().orElseThrow().result();
    }

    private static void closeUnless(Session chosen, Future<Session> attempt) {
        attempt.onSuccess(session -> {
            if (session != chosen) {
                session.close();
            }
        });
    }

    private String noPrimary(List<Future<Session>> attempts) {
        return IntStream.range(0, attempts.size())
                .mapToObj(i -> addresses.get(i) + " " + attempts.get(i).cause().getMessage())
                .collect(Collectors.joining("; ", "no primary: ", ""));
    }

    private Future<SqlConnectOptions> optionsForPool() {
        return connect(POOLED)
                .map(session -> {
                    session.close();
                    return options(session.address(), POOLED);
                });
    }

    private PgConnectOptions options(SocketAddress address, Map<String, String> settings) {
        var options = new PgConnectOptions(login).setHost(address.host()).setPort(address.port());
        settings.forEach(options::addProperty);
        return options;
    }

    private static NetClientOptions transport() {
        return new NetClientOptions()
                .setConnectTimeout((int) CONNECT.toMillis())
                .setTcpKeepAlive(true)
                .setTcpUserTimeout((int) UNACKNOWLEDGED.toMillis());
    }

    private static SocketAddress address(String text) {
        var colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("database must be host:port, was " + text);
        }
        return SocketAddress.inetSocketAddress(
                Integer.parseInt(text.substring(colon + 1).strip()),
                text.substring(0, colon).strip());
    }
}
