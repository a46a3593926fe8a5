package io.autoserve.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the primary, wherever it is. The pools and the feed share one path, on which retries
 * cannot sustain an overload (see {@link SharedPath}). The election has a path of its own (see
 * {@link LeasePath}). What one path learns about the primary, the other one knows at once.
 */
public final class Databases {
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
     * Maximum age of a pooled connection, in seconds. No connection stays longer than this with a
     * database whose role has changed unnoticed. Usually a change is noticed at once, because a
     * database that stops being the primary closes all its connections. A new connection costs both
     * sides a TLS handshake and the check of a password, so it must be rare.
     */
    private static final int LIFETIME_SECONDS = 600;

    private final Vertx vertx;
    private final List<SocketAddress> addresses;
    private final Dialer dialer;
    private final LongSupplier nanoTime;
    private final PooledSockets pooled;
    private final KnownPrimary known;
    private final SharedPath shared;
    private final LeasePath lease;

    /**
     * Connects without TLS, for a database on this machine.
     *
     * @param hosts {@code host:port}, comma-separated
     */
    public Databases(Vertx vertx, String hosts, String database, String user, String password) {
        this(vertx, hosts, database, user, password, null);
    }

    /**
     * @param hosts {@code host:port}, comma-separated
     * @param tls see the other constructor
     */
    public Databases(
            Vertx vertx,
            String hosts,
            String database,
            String user,
            String password,
            @Nullable Supplier<ClientSSLOptions> tls) {
        this(
                vertx,
                hosts,
                database,
                user,
                password,
                tls,
                (_, _) -> {},
                System::nanoTime,
                new Random());
    }

    /**
     * @param hosts {@code host:port}, comma-separated
     * @param tls returns the present options for TLS, for each new connection; null for no TLS. It
     *     is called on event loops, so it must not block
     * @param observer watches each attempt to connect to a database
     * @param nanoTime a monotonic clock
     * @param random chooses the pauses between attempts. May be used from any thread
     */
    public Databases(
            Vertx vertx,
            String hosts,
            String database,
            String user,
            String password,
            @Nullable Supplier<ClientSSLOptions> tls,
            AttemptObserver observer,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.vertx = vertx;
        this.addresses = Arrays.stream(hosts.split(",")).map(Databases::address).toList();
        this.dialer =
                new Dialer(
                        vertx,
                        new PgConnectOptions()
                                .setDatabase(database)
                                .setUser(user)
                                .setPassword(password)
                                .setCachePreparedStatements(true),
                        tls,
                        observer);
        this.nanoTime = nanoTime;
        this.pooled = new PooledSockets();
        this.known = new KnownPrimary();
        this.shared = new SharedPath(dialer, addresses, known, nanoTime, random);
        this.lease = new LeasePath(dialer, addresses, known, shared, nanoTime);
        known.listen(session -> pooled.hangUpOnOthersThan(server(session.connection())));
    }

    private Databases(Databases other, Vertx vertx) {
        this.vertx = vertx;
        this.addresses = other.addresses;
        this.dialer = other.dialer.on(vertx);
        this.nanoTime = other.nanoTime;
        this.pooled = other.pooled;
        this.known = other.known;
        this.shared = other.shared;
        this.lease = new LeasePath(dialer, addresses, known, shared, nanoTime);
    }

    /**
     * Returns the same databases for an election on another Vert.x instance. Both share what they
     * learn about the primary.
     */
    public Databases on(Vertx other) {
        return new Databases(this, other);
    }

    /**
     * Opens a separate connection to the primary, on the path that all loops of this controller
     * share. If the databases cannot be reached, the call waits until the next attempt may begin.
     *
     * @param settings settings of the session, by their names in PostgreSQL
     * @return a session; fails with the last reason if there is no primary
     */
    public Future<Session> connect(Map<String, String> settings) {
        var context = vertx.getOrCreateContext();
        return SqlChannel.on(context, shared.primary(context, settings).onSuccess(known::holds));
    }

    /**
     * Opens a separate connection to the primary, on the path that only the election uses.
     *
     * @param settings settings of the session, by their names in PostgreSQL
     * @return a session; fails within about two seconds if there is no primary
     */
    public Future<Session> connectForLease(Map<String, String> settings) {
        var context = vertx.getOrCreateContext();
        return SqlChannel.on(context, lease.primary(context, settings));
    }

    /**
     * Returns a pool for ordinary work. After a failover its new connections lead to the new
     * primary. A connection that leaves a query unanswered for {@link #SILENCE} is closed, whether
     * or not there is another primary.
     */
    public Pool pool(int size) {
        return pool(
                options("primary", size).setConnectionTimeout(5),
                context -> shared.primary(context, POOLED),
                fresh -> {
                    pooled.add(fresh);
                    PooledSockets.hangUpWhenUnanswered(fresh, SILENCE);
                });
    }

    /**
     * Returns a pool for long reads. Its connections lead to a standby. Connecting fails if no
     * standby answers. The caller must check how far the standby is behind.
     */
    public Pool replicas(int size) {
        return pool(
                options("replicas", size).setConnectionTimeout(3),
                context -> shared.standby(context, POOLED),
                fresh -> PooledSockets.hangUpWhenUnanswered(fresh, SILENCE));
    }

    private static PoolOptions options(String name, int size) {
        return new PoolOptions().setName(name).setMaxSize(size).setMaxLifetime(LIFETIME_SECONDS);
    }

    private Pool pool(
            PoolOptions options,
            Function<Context, Future<Session>> open,
            Consumer<SqlConnection> prepare) {
        return new PooledDriver(open)
                .createPool(
                        vertx,
                        () -> Future.succeededFuture(new PgConnectOptions()),
                        options,
                        new NetClientOptions(),
                        fresh -> {
                            prepare.accept(fresh);
                            fresh.close();
                        });
    }

    /** Returns the database that a connection leads to. */
    public static SocketAddress server(SqlConnection connection) {
        return SqlChannel.server(connection);
    }

    /** Returns whether the configuration names more than one database. */
    public boolean replicated() {
        return addresses.size() > 1;
    }

    /**
     * Returns {@code host:port} of the primary, or null if it is not known. An open session leads
     * to the primary, even if a later connect did not succeed in time.
     */
    public @Nullable String primary() {
        var last = known.address();
        return last == null ? null : last.host() + ":" + last.port();
    }

    /**
     * Returns why the last search found no primary, and when the next one begins; empty if there is
     * nothing to report.
     */
    public String problem() {
        return shared.problem();
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
