package io.autoserve.cluster;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.SslMode;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the primary, wherever it is. It queries all databases on every connect, because the
 * Vert.x client can only know one address. If two databases report that they are the primary, the
 * database with the newer timeline counts as the primary, because every promotion begins a new
 * timeline.
 */
public final class Databases {
    /**
     * Time limit for one connect, from opening the socket until the database has answered whether
     * it is the primary.
     */
    private static final Duration CONNECT = Duration.ofSeconds(2);

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
     * Settings for pooled connections. They end the open transaction of a frozen controller. Such a
     * transaction could otherwise keep the leader row locked, and no other controller could begin a
     * term. A statement whose controller has died ends within a quarter of a second.
     */
    private static final Map<String, String> POOLED =
            Map.of(
                    "application_name", "autoserve",
                    "client_connection_check_interval", "250ms",
                    "idle_in_transaction_session_timeout", "1s",
                    "statement_timeout", "5s");

    /**
     * How long a query may stay unanswered before its connection is closed. It must be longer than
     * {@code statement_timeout}.
     */
    private static final Duration SILENCE = Duration.ofSeconds(6);

    /**
     * How long a connect waits for all databases to answer, if this controller does not know a
     * timeline yet.
     */
    private static final Duration FIRST_ANSWERS = Duration.ofMillis(500);

    /**
     * Selects the timeline of a primary, or 0 for a standby. The first eight digits of a WAL file's
     * name are the timeline.
     */
    private static final String ROLE =
            """
            select case when pg_is_in_recovery() then 0 else
                ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint end
            """;

    /**
     * Maximum age of a pooled connection, in seconds. No connection stays longer than this with a
     * database whose role has changed unnoticed. Usually a change is noticed at once, because a
     * database that stops being the primary closes all its connections. A new connection costs both
     * sides a TLS handshake and the check of a password, so it must be rare.
     */
    private static final int LIFETIME_SECONDS = 600;

    private final Vertx vertx;
    private final List<SocketAddress> addresses;
    private final PgConnectOptions login;
    private final @Nullable DatabaseTls tls;
    private final AtomicLong newestTimeline = new AtomicLong();
    private final AtomicReference<@Nullable Future<SqlConnectOptions>> searching =
            new AtomicReference<>();
    private final PooledSockets pooled = new PooledSockets();
    private volatile @Nullable SocketAddress primary;

    /** The latest session. While it is open, its database is the primary. */
    private volatile @Nullable Session held;

    /**
     * Connects without TLS, for a database on this machine.
     *
     * @param hosts {@code host:port}, comma-separated
     */
    public Databases(Vertx vertx, String hosts, String database, String user, String password) {
        this(vertx, hosts, database, user, password, null);
    }

    /**
     * Connects as a client that proves its identity by the password alone.
     *
     * @param hosts {@code host:port}, comma-separated
     * @param authority PEM file with the certificates of the authorities to trust, one of which
     *     must have signed the certificate for the host name of each database; null for no TLS
     */
    public Databases(
            Vertx vertx,
            String hosts,
            String database,
            String user,
            String password,
            @Nullable Path authority) {
        this(vertx, hosts, database, user, password, authority, null);
    }

    /**
     * Connects as a part of the platform. All files may be renewed at any time. New connections use
     * their present content.
     *
     * @param hosts {@code host:port}, comma-separated
     * @param authority PEM file with the certificates of the authorities to trust, one of which
     *     must have signed the certificate for the host name of each database; null for no TLS
     * @param identity folder with the certificate {@code part.crt} and its key {@code part.key} in
     *     PEM; null to prove the identity by the password alone
     */
    public Databases(
            Vertx vertx,
            String hosts,
            String database,
            String user,
            String password,
            @Nullable Path authority,
            @Nullable Path identity) {
        this.vertx = vertx;
        this.addresses = Arrays.stream(hosts.split(",")).map(Databases::address).toList();
        this.login =
                new PgConnectOptions()
                        .setDatabase(database)
                        .setUser(user)
                        .setPassword(password)
                        .setCachePreparedStatements(true);
        this.tls = authority == null ? null : new DatabaseTls(authority, identity);
    }

    /**
     * Opens a separate connection to the primary.
     *
     * @param settings settings of the session, by their names in PostgreSQL
     * @return a session; fails within about two seconds if there is no primary
     */
    public Future<Session> connect(Map<String, String> settings) {
        return search(settings).onSuccess(session -> held = session);
    }

    /** Opens the session of the election, which no other connect may delay. */
    Future<Session> connectForLease(Map<String, String> settings) {
        return connect(settings);
    }

    private Future<Session> search(Map<String, String> settings) {
        var known = newestTimeline.get() > 0;
        var attempts = addresses.stream().map(address -> primary(address, settings)).toList();
        var answered = known ? Future.any(attempts) : enough(attempts);
        return answered.transform(_ -> newest(attempts))
                .onComplete(
                        chosen -> primary = chosen.succeeded() ? chosen.result().address() : null)
                .onSuccess(chosen -> pooled.hangUpOnOthersThan(server(chosen.connection())))
                .onSuccess(chosen -> attempts.forEach(attempt -> closeOlder(chosen, attempt)));
    }

    /**
     * Waits until all attempts have ended, but at most for {@link #FIRST_ANSWERS}. If none has
     * succeeded by then, waits for the first success.
     */
    private Future<?> enough(List<Future<Session>> attempts) {
        return Future.join(attempts)
                .mapEmpty()
                .timeout(FIRST_ANSWERS.toMillis(), TimeUnit.MILLISECONDS)
                .recover(_ -> Future.any(attempts).mapEmpty());
    }

    private Future<Session> newest(List<Future<Session>> attempts) {
        return attempts.stream()
                .filter(Future::succeeded)
                .map(Future::result)
                .max(Comparator.comparingLong(Session::timeline))
                .map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(noPrimary(attempts)));
    }

    /**
     * Returns a pool for ordinary work. After a failover its new connections lead to the new
     * primary. A connection that leaves a query unanswered for {@link #SILENCE} is closed, whether
     * or not there is another primary.
     */
    public Pool pool(int size) {
        return PgBuilder.pool()
                .with(
                        new PoolOptions()
                                .setName("primary")
                                .setMaxSize(size)
                                .setConnectionTimeout(5)
                                .setMaxLifetime(LIFETIME_SECONDS))
                .with(transport())
                .connectingTo(this::optionsForPool)
                .withConnectHandler(this::pooled)
                .using(vertx)
                .build();
    }

    private void pooled(SqlConnection fresh) {
        pooled.add(fresh);
        PooledSockets.hangUpWhenUnanswered(fresh, SILENCE);
        fresh.close();
    }

    /**
     * Returns a pool for long reads. Its connections lead to a standby. Connecting fails if no
     * standby answers. The caller must check how far the standby is behind.
     */
    public Pool replicas(int size) {
        return PgBuilder.pool()
                .with(
                        new PoolOptions()
                                .setName("replicas")
                                .setMaxSize(size)
                                .setConnectionTimeout(3)
                                .setMaxLifetime(LIFETIME_SECONDS))
                .with(transport())
                .withConnectHandler(fresh -> {
                    PooledSockets.hangUpWhenUnanswered(fresh, SILENCE);
                    fresh.close();
                })
                .connectingTo(() ->
                        found(addresses.stream().map(address -> replica(address, POOLED)).toList()))
                .using(vertx)
                .build();
    }

    /** Returns the database that a connection leads to. */
    public static SocketAddress server(SqlConnection connection) {
        return SqlChannel.server(connection);
    }

    /** Returns whether the configuration names more than one database. */
    public boolean replicated() {
        return addresses.size() > 1;
    }

    private Future<SqlConnectOptions> found(List<Future<Session>> attempts) {
        return Future.any(attempts)
                .map(_ -> attempts.stream().filter(Future::succeeded).findFirst().orElseThrow())
                .map(first -> {
                    attempts.forEach(attempt -> attempt.onSuccess(Session::close));
                    return options(first.result().address(), POOLED);
                });
    }

    /**
     * Returns {@code host:port} of the primary, or null if it is not known. An open session leads
     * to the primary, even if a later connect did not succeed in time.
     */
    public @Nullable String primary() {
        var session = held;
        var last = session != null && session.isOpen() ? session.address() : primary;
        return last == null ? null : last.host() + ":" + last.port();
    }

    private Future<Session> primary(SocketAddress address, Map<String, String> settings) {
        return open(address, settings, this::requirePrimary);
    }

    private Future<Session> replica(SocketAddress address, Map<String, String> settings) {
        return open(
                address,
                settings,
                session ->
                        session.timeline() > 0
                                ? Future.failedFuture("is not a standby")
                                : Future.succeededFuture(session));
    }

    private Future<Session> open(
            SocketAddress address,
            Map<String, String> settings,
            Function<Session, Future<Session>> required) {
        var socket = PgDriver.INSTANCE.createConnectionFactory(vertx, transport());
        return socket.connect(vertx.getOrCreateContext(), options(address, settings))
                .map(PgConnection::cast)
                .compose(connection ->
                        connection
                                .query(ROLE)
                                .execute()
                                .map(rows -> rows.iterator().next().getLong(0))
                                .map(timeline ->
                                        new Session(socket, connection, address, timeline)))
                .compose(required)
                .timeout(CONNECT.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(_ -> socket.close(Promise.promise()));
    }

    private Future<Session> requirePrimary(Session session) {
        var timeline = session.timeline();
        if (timeline == 0) {
            return Future.failedFuture("is a standby");
        }
        var newest = newestTimeline.accumulateAndGet(timeline, Math::max);
        return timeline < newest
                ? Future.failedFuture(
                        "is a former primary: its timeline is %d, the current one is %d"
                                .formatted(timeline, newest))
                : Future.succeededFuture(session);
    }

    /**
     * Closes the connection of an attempt that was not chosen. If its database has a newer timeline
     * than the chosen one, the chosen connection is closed too, so that the next connect finds the
     * newer database.
     */
    private static void closeOlder(Session chosen, Future<Session> attempt) {
        attempt.onSuccess(other -> {
            if (other != chosen) {
                other.close();
                if (other.timeline() > chosen.timeline()) {
                    chosen.close();
                }
            }
        });
    }

    private String noPrimary(List<Future<Session>> attempts) {
        return IntStream.range(0, attempts.size())
                .mapToObj(i -> addresses.get(i) + " " + reason(attempts.get(i).cause()))
                .collect(Collectors.joining("; ", "no primary: ", ""));
    }

    /**
     * Returns the message of the failure. If TLS failed, adds the alert, since the message alone
     * may say only that the connection was lost.
     */
    private static String reason(Throwable failure) {
        var message = String.valueOf(failure.getMessage());
        return failure.getCause() instanceof SSLException alert
                ? message + ": " + alert.getMessage()
                : message;
    }

    /**
     * Finds the primary. It asks no database while a session is open, since that session leads to
     * the primary. Otherwise, connections that are opened at the same time share one search.
     */
    private Future<SqlConnectOptions> optionsForPool() {
        var latest = held;
        if (latest != null && latest.isOpen()) {
            return Future.succeededFuture(options(latest.address(), POOLED));
        }
        var search = Promise.<SqlConnectOptions>promise();
        var running = searching.compareAndExchange(null, search.future());
        if (running != null) {
            return running;
        }
        search(POOLED)
                .map(session -> {
                    session.close();
                    return (SqlConnectOptions) options(session.address(), POOLED);
                })
                .onComplete(_ -> searching.set(null))
                .onComplete(search);
        return search.future();
    }

    private PgConnectOptions options(SocketAddress address, Map<String, String> settings) {
        var options = new PgConnectOptions(login).setHost(address.host()).setPort(address.port());
        if (tls != null) {
            options.setSslMode(SslMode.VERIFY_FULL).setSslOptions(tls.options());
        }
        KEPT_ALIVE.forEach(options::addProperty);
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
