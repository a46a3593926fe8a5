package io.autoserve.simulation.postgres;

import io.autoserve.cluster.LeaseConnection;
import io.autoserve.events.NewsSource;
import io.autoserve.simulation.Network;
import io.autoserve.simulation.Scheduler;
import io.autoserve.simulation.SimulatedProcess;
import io.autoserve.store.StateReader.News;
import io.autoserve.time.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VertxException;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Two databases, one of which is the primary, and the keeper (like Patroni) that promotes the
 * standby when the primary is gone. A standby that lacks the last commits of the primary is
 * promoted too: those commits are lost, unless their writers have waited for the standby.
 */
public final class ModelPostgres {
    /** Patroni promotes the standby when the primary has not answered for this long. */
    public static final Duration TTL = Duration.ofSeconds(20);

    /** How often the keeper looks at the databases. */
    private static final Duration LOOP = Duration.ofSeconds(1);

    /** Longest time until Patroni ends a former primary that can be reached again. */
    private static final Duration DEMOTION = Duration.ofSeconds(5);

    /** How long a database needs to start. */
    private static final Duration RESTART = Duration.ofSeconds(5);

    /** How long a client tries to connect while no primary answers. */
    public static final Duration CONNECT = Duration.ofSeconds(2);

    private static final Duration ROUND_TRIP = Duration.ofMillis(2);
    private static final Duration RESEND = Duration.ofMillis(500);

    private final Scheduler scheduler;
    private final Network network;
    private final RandomGenerator chance;
    private final SimulatedProcess keeper;

    /** The commits that the standby has not confirmed, oldest first. */
    private final List<Logged> log = new ArrayList<>();

    private final List<Waiter> waiters = new ArrayList<>();

    private final Map<SimulatedProcess, ModelPool> pools = new HashMap<>();

    /** The newest history that each client has seen. Clients refuse older ones. */
    private final Map<SimulatedProcess, Long> seenTimelines = new HashMap<>();

    /** The history of the database on which each client's election has its session. */
    private final Map<SimulatedProcess, Long> electoralTimelines = new HashMap<>();

    /** Ids of the instances whose rows would survive the loss of the primary at that time. */
    private final Set<Long> safeInstances = new HashSet<>();

    private Consumer<Commit> beforeCommit = _ -> {};
    private Node primary;
    private Node standby;
    private long end;
    private long confirmed;
    private boolean sending;
    private long batches;
    private boolean synchronous = true;
    private long standbySeenAt;
    private long primarySeenAt;
    private int started;
    private double lostNotifications;
    private double lateNotifications;

    /** One commit in the log. */
    private record Logged(long position, Store.Changes changes, Map<String, Long> sequences) {}

    private record Waiter(long position, Semaphore confirmed) {}

    public ModelPostgres(Scheduler scheduler, Network network) {
        this.scheduler = scheduler;
        this.network = network;
        this.chance = scheduler.chance();
        this.keeper = scheduler.process("patroni");
        var store = new Store();
        store.apply(firstRows());
        primary = node("db-1", process(), store, true, 1);
        standby = node("db-2", process(), store.copy(), false, 1);
        keeper.after(LOOP, keeper::soon, this::watch);
    }

    private static Store.Changes firstRows() {
        var leader = Schema.table("leader");
        var since = OffsetDateTime.ofInstant(SimulatedProcess.BEGIN, ZoneOffset.UTC);
        var row = new Object[] {true, 0L, new UUID(0, 0), "", "", since};
        var changes = new Store.Changes();
        changes.put("leader", leader.key(row), row);
        return changes;
    }

    private Node node(
            String machine,
            SimulatedProcess process,
            Store store,
            boolean isPrimary,
            long timeline) {
        return new Node(this, scheduler.chance(), machine, process, store, isPrimary, timeline);
    }

    private SimulatedProcess process() {
        return scheduler.process("postgres-" + ++started);
    }

    /** Returns a pool of connections to the primary, for the work of one controller. */
    public Pool pool(SimulatedProcess client, int size) {
        var pool = new ModelPool(this, client, size);
        pools.put(client, pool);
        return pool;
    }

    /** Returns the address of the database to which a pooled connection leads. */
    public static SocketAddress server(SqlConnection connection) {
        return address(((ClientConnection) connection).node());
    }

    private static SocketAddress address(Node node) {
        return SocketAddress.inetSocketAddress(5432, node.machine());
    }

    /**
     * Returns the connections for an election.
     *
     * @param loop the election's event loop
     */
    public LeaseConnection.Source leases(SimulatedProcess client, EventLoop loop) {
        return settings ->
                connect(client, loop, settings, () -> {})
                        .map(session -> {
                            electoralTimelines.put(client, session.node().timeline());
                            return new OfElection(session);
                        });
    }

    private record OfElection(ClientConnection session) implements LeaseConnection {
        @Override
        public PgConnection connection() {
            return session;
        }

        @Override
        public void close() {
            session.abandon();
        }
    }

    /** Returns the source of events for the feed of one controller. */
    public NewsSource news(SimulatedProcess client) {
        return wake -> {
            var loop = client.loop();
            var session = connect(client, loop, Map.of(), () -> {}).await();
            session.wake(wake);
            try {
                client.within(CONNECT, session.query("listen autoserve_events").execute()).await();
            } catch (Exception silent) {
                session.abandon();
                throw silent;
            }
            return new NewsSource.NewsConnection() {
                @Override
                public News after(long seq) {
                    return client.within(CONNECT, session.news(seq)).await();
                }

                @Override
                public void close() {
                    session.abandon();
                }
            };
        };
    }

    /**
     * Connects to the primary, as a controller sees it. Fails after two seconds if none answers.
     *
     * @param closed runs once, when the connection is closed
     */
    Future<ClientConnection> connect(
            SimulatedProcess client,
            EventLoop loop,
            Map<String, String> settings,
            Runnable closed) {
        var connected = Promise.<ClientConnection>promise();
        client.after(
                ROUND_TRIP,
                Runnable::run,
                () ->
                        loop.run(() -> {
                            var node = reachablePrimary(client);
                            if (node == null) {
                                loop.after(CONNECT, () -> fail(connected));
                            } else {
                                seenTimelines.merge(client, node.timeline(), Math::max);
                                hangUpOnOthersThan(node, client);
                                connected.complete(
                                        new ClientConnection(
                                                client, node, network, loop, settings, closed));
                            }
                        }));
        return connected.future();
    }

    /** Closes the client's pooled connections to the former primary, as a controller does. */
    private void hangUpOnOthersThan(Node found, SimulatedProcess client) {
        var pool = pools.get(client);
        if (pool != null) {
            pool.hangUpOnOthersThan(found.machine());
        }
    }

    private static void fail(Promise<ClientConnection> connected) {
        connected.fail(new VertxException("no primary answers", true));
    }

    private Node reachablePrimary(SimulatedProcess client) {
        Node best = null;
        for (var node : List.of(primary, standby)) {
            var answers =
                    node.isPrimary()
                            && node.process().isAlive()
                            && !node.process().isFrozen()
                            && network.connects(client, node.process())
                            && node.timeline() >= seenTimelines.getOrDefault(client, 0L);
            if (answers && (best == null || node.timeline() > best.timeline())) {
                best = node;
            }
        }
        return best;
    }

    /** Loses or delays this share of the notifications from now on. */
    public void disturbNotifications(double lost, double late) {
        lostNotifications = lost;
        lateNotifications = late;
    }

    void notify(Node node, Runnable delivery) {
        var fate = chance.nextDouble();
        if (fate < lostNotifications) {
            return;
        }
        if (fate < lostNotifications + lateNotifications) {
            node.process().after(Duration.ofMillis(chance.nextInt(3_000)), Runnable::run, delivery);
        } else {
            delivery.run();
        }
    }

    /** Calls this check before each commit, also before one on a former primary. */
    public void watched(Consumer<Commit> check) {
        beforeCommit = check;
    }

    void committing(Commit commit) {
        beforeCommit.accept(commit);
    }

    long position(Node node) {
        return node == primary ? end : 0;
    }

    /** Adds a commit to the log. Commits of an old primary reach no other database. */
    long logged(Node node, Store.Changes changes) {
        if (node != primary) {
            return Long.MAX_VALUE;
        }
        var sequences = node.store().sequences();
        sequences.replaceAll((name, _) -> node.store().logged(name));
        log.add(new Logged(++end, changes, sequences));
        if (!synchronous) {
            safe(changes);
        }
        replicate();
        return end;
    }

    /** Sends the log to the standby, and again if no confirmation arrives. */
    private void replicate() {
        if (sending || log.isEmpty() || standby.isPrimary()) {
            return;
        }
        sending = true;
        var from = primary;
        var to = standby;
        var batch = List.copyOf(log);
        network.send(
                from.process(),
                to.process(),
                new Network.Lane(),
                () -> {
                    if (to == standby && from == primary) {
                        apply(batch);
                    }
                });
        var number = ++batches;
        keeper.after(RESEND, Runnable::run, () -> resend(number));
    }

    private void resend(long batch) {
        if (batch == batches && sending) {
            sending = false;
            replicate();
        }
    }

    private void apply(List<Logged> batch) {
        for (var commit : batch) {
            if (commit.position > confirmed) {
                standby.store().apply(commit.changes);
                commit.sequences.forEach(standby.store()::skipTo);
                safe(commit.changes);
                confirmed = commit.position;
            }
        }
        network.send(standby.process(), primary.process(), new Network.Lane(), this::confirmed);
    }

    private void safe(Store.Changes changes) {
        var id = Schema.table("instances").required("id");
        changes.forEach(
                "instances",
                (_, row) -> {
                    if (row != null) {
                        safeInstances.add((Long) row[id]);
                    }
                });
    }

    private void confirmed() {
        log.removeIf(commit -> commit.position <= confirmed);
        waiters.removeIf(waiter -> {
            var done = waiter.position <= confirmed;
            if (done) {
                waiter.confirmed.release();
            }
            return done;
        });
        sending = false;
        replicate();
    }

    /** Returns whether this database waits for a standby. An old primary waits in vain. */
    boolean synchronousStandby(Node node) {
        return synchronous || node != primary;
    }

    void awaitStandby(Node node, long position, Semaphore permit) {
        if (node != primary) {
            return;
        }
        if (!synchronous || position <= confirmed) {
            permit.release();
        } else {
            waiters.add(new Waiter(position, permit));
        }
    }

    /** What Patroni does once a second. */
    private void watch() {
        keeper.after(LOOP, keeper::soon, this::watch);
        var now = scheduler.nanos();
        if (answers(primary)) {
            primarySeenAt = now;
        }
        if (follows(standby) && network.connects(primary.process(), standby.process())) {
            standbySeenAt = now;
        }
        var primaryIsGone = now - primarySeenAt > TTL.toNanos();
        if (primaryIsGone && synchronous && follows(standby)) {
            promote();
        } else if (!primaryIsGone && synchronous && now - standbySeenAt > TTL.toNanos()) {
            actAlone();
        } else if (!synchronous && standbySeenAt == now && confirmed == end) {
            synchronous = true;
        }
    }

    private boolean follows(Node node) {
        return !node.isPrimary() && answers(node);
    }

    private boolean answers(Node node) {
        return node.process().isAlive()
                && !node.process().isFrozen()
                && network.connects(keeper, node.process());
    }

    /**
     * Lets the primary commit without the standby. The standby also lacks the commits that waited
     * for it until now, and their writers continue.
     */
    private void actAlone() {
        synchronous = false;
        log.forEach(commit -> safe(commit.changes));
        waiters.forEach(waiter -> waiter.confirmed.release());
        waiters.clear();
    }

    /**
     * Makes the standby the primary of a new history. What it lacks is lost. The old primary is
     * ended, but not before it continues if it is frozen or cut off.
     */
    private void promote() {
        var old = primary;
        primary =
                node(
                        standby.machine(),
                        standby.process(),
                        standby.store(),
                        true,
                        standby.timeline() + 1);
        standby = old; // until it is started again
        log.clear();
        waiters.clear();
        end = confirmed;
        sending = false;
        synchronous = false;
        primarySeenAt = scheduler.nanos();
        keeper.after(untilDemotion(), keeper::soon, () -> follow(old));
    }

    /**
     * Returns how long a former primary continues once it can be reached, because its Patroni looks
     * at etcd only once in a while.
     */
    private Duration untilDemotion() {
        return Duration.ofMillis(chance.nextLong(DEMOTION.toMillis()));
    }

    /** Ends a database and starts it again as the standby of the primary. */
    private void follow(Node old) {
        if (old.process().isAlive() && !answers(old)) {
            keeper.after(LOOP, keeper::soon, () -> followOnceReached(old));
            return;
        }
        crash(old);
        keeper.after(RESTART, keeper::soon, () -> start(old));
    }

    private void followOnceReached(Node old) {
        var pause = old.process().isAlive() && answers(old) ? untilDemotion() : Duration.ZERO;
        keeper.after(pause, keeper::soon, () -> follow(old));
    }

    private void start(Node old) {
        if (standby != old) {
            return;
        }
        if (!primary.process().isAlive()) {
            keeper.after(LOOP, keeper::soon, () -> start(old));
            return;
        }
        standby = node(old.machine(), process(), primary.store().copy(), false, primary.timeline());
        var id = Schema.table("instances").required("id");
        standby.store()
                .scan(Schema.table("instances"), Long.MAX_VALUE)
                .forEach(row -> safeInstances.add((Long) row[id]));
        confirmed = end;
        confirmed();
    }

    /**
     * Ends the primary, and starts it again with the same rows after this time. Patroni may have
     * promoted the standby by then, and starts it as the new standby in that case.
     */
    public void crashPrimary(Duration downtime) {
        var old = primary;
        crash(old);
        keeper.after(downtime, keeper::soon, () -> recover(old));
    }

    private void recover(Node old) {
        if (primary == old) {
            old.store().restarted();
            primary = node(old.machine(), process(), old.store(), true, old.timeline());
            primarySeenAt = scheduler.nanos(); // Patroni starts it only with the key in etcd
            sending = false;
            replicate();
        }
    }

    /** Ends the sessions of a client that has died, as the kernel of its machine does. */
    public void disconnected(SimulatedProcess client) {
        for (var node : List.of(primary, standby)) {
            for (var session : node.sessions()) {
                if (session.clientProcess() == client) {
                    network.send(client, node.process(), new Network.Lane(), session::hangUp);
                }
            }
        }
    }

    /** Ends the standby, and starts it again after a while. */
    public void crashStandby() {
        var old = standby;
        if (!old.isPrimary()) {
            crash(old);
            keeper.after(RESTART, keeper::soon, () -> start(old));
        }
    }

    /** Ends the process of a database. Its clients notice that at once if they can be reached. */
    private void crash(Node node) {
        for (var session : node.sessions()) {
            session.send(session::reset);
        }
        node.process().kill();
    }

    /** Returns the process of the present primary, to freeze it or to cut it off. */
    public SimulatedProcess primaryProcess() {
        return primary.process();
    }

    public SimulatedProcess standbyProcess() {
        return standby.process();
    }

    public long timeline() {
        return primary.timeline();
    }

    /**
     * Returns the history of the database on which the client's election had its last session. It
     * is an earlier one than {@link #timeline} if that database was frozen, the standby was
     * promoted, and Patroni has not ended the frozen database since it continued.
     */
    public long electoralTimeline(SimulatedProcess client) {
        return electoralTimelines.getOrDefault(client, 0L);
    }

    /**
     * Returns whether the instance ever had a row that the standby had too, or that was written
     * while there was no standby.
     */
    public boolean isSafe(long instance) {
        return safeInstances.contains(instance);
    }

    /** Returns the committed rows of the primary, by their key. */
    public List<CommittedRow> rows(String table) {
        var of = Schema.table(table);
        return primary.store().scan(of, Long.MAX_VALUE).stream()
                .map(values -> new CommittedRow(of, values))
                .toList();
    }

    /** Returns whether a primary answers and no former primary is left. */
    public boolean isCalm() {
        return answers(primary) && !(standby.isPrimary() && standby.process().isAlive());
    }

    /** Returns whether a primary runs and commits wait for the standby. */
    public boolean isWhole() {
        return answers(primary) && follows(standby) && synchronous;
    }
}
