package io.autoserve.cluster;

import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.cluster.Candidacy.Leading;
import io.autoserve.cluster.Candidacy.Retired;
import io.autoserve.cluster.Candidacy.Step;
import io.autoserve.model.Term;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Simulates three controllers that compete for the lock of a database, in simulated time. The
 * messages of a connection arrive in order, but some arrive seconds late. The database ends a
 * session that was silent for too long.
 */
final class SimulatedCluster {
    private static final long MILLISECOND = Duration.ofMillis(1).toNanos();
    private static final long IDLE_SESSION_TIMEOUT = 1750 * MILLISECOND;
    private static final long PATIENCE = Candidacy.PATIENCE.toNanos();

    private final Random chance;
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final List<Controller> controllers;
    private long now;
    private long happenings;
    private boolean troubled = true;

    private @Nullable Connection lock;
    private final Queue<Connection> queue = new ArrayDeque<>();
    private Term row = new Term(0, new UUID(0, 0));

    SimulatedCluster(long seed) {
        chance = new Random(seed);
        controllers = IntStream.range(0, 3).mapToObj(_ -> new Controller()).toList();
        controllers.forEach(each -> each.on(new Input.Ticked()));
        trouble();
    }

    void runFor(Duration time, Runnable check) {
        var end = now + time.toNanos();
        while (!agenda.isEmpty() && agenda.peek().at <= end) {
            var next = agenda.remove();
            now = next.at;
            next.what.run();
            check.run();
        }
        now = end;
    }

    void endTroubles() {
        troubled = false;
    }

    /** Returns the term of each controller that would act as the leader at this moment. */
    List<Term> believed() {
        return controllers.stream()
                .map(each -> each.candidacy)
                .filter(each -> each instanceof Leading leading && leading.trusted(now))
                .map(each -> ((Leading) each).term())
                .toList();
    }

    /** Returns the term that the database holds. */
    Term written() {
        return row;
    }

    private void trouble() {
        if (!troubled) {
            return;
        }
        var victim = controllers.get(chance.nextInt(3));
        var until = now + between(100, 5000);
        switch (chance.nextInt(5)) {
            case 0, 1 -> victim.silentUntil = until;
            case 2, 3 -> victim.frozenUntil = until;
            default -> victim.receive(() -> victim.on(new Input.Resigned()));
        }
        at(now + between(100, 3000), this::trouble);
    }

    private void at(long time, Runnable what) {
        agenda.add(new Happening(Math.max(time, now), happenings++, what));
    }

    private long between(int fewest, int most) {
        return chance.nextInt(fewest, most) * MILLISECOND;
    }

    private long travel() {
        return troubled && chance.nextInt(50) == 0 ? between(100, 3000) : between(0, 10);
    }

    private record Happening(long at, long number, Runnable what) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    /** Carries out the steps of its candidacy, as {@link Election} does in production. */
    private final class Controller {
        private Candidacy candidacy = new Candidacy.Away(0);
        private @Nullable Term told;
        private @Nullable Connection connection;
        private long timer;
        private long silentUntil;
        private long frozenUntil;

        void on(Input outcome) {
            var move = candidacy.on(outcome, now, chance.nextDouble());
            candidacy = move.candidacy();
            move.steps().forEach(this::take);
        }

        private void take(Step step) {
            switch (step) {
                case Step.Connect() -> connect();
                case Step.AwaitLock() -> awaitLock();
                case Step.WriteTerm() -> ask(SimulatedCluster.this::writeTerm);
                case Step.ReadTerm(var term) -> ask(_ -> readTerm(term));
                case Step.TellElected(var term) -> {
                    require(told == null, "elected twice");
                    told = term;
                }
                case Step.TellDeposed(var term, _) -> {
                    require(term.equals(told), "deposed in a term in which it did not lead");
                    told = null;
                }
                case Step.HandOver(_) -> handOver();
                case Step.Disconnect() -> disconnect();
                case Step.WakeAfter(var delay) -> {
                    var set = ++timer;
                    at(now + delay.toNanos(), () -> receive(() -> tick(set)));
                }
            }
        }

        private void connect() {
            var failed = now < silentUntil || (troubled && chance.nextInt(10) == 0);
            at(
                    now + travel(),
                    () -> {
                        var opened = failed ? null : new Connection(this);
                        receive(() -> on(connected(opened)));
                    });
        }

        private Input connected(@Nullable Connection opened) {
            connection = opened;
            return opened == null ? new Input.Doubted("no connection") : new Input.Connected();
        }

        private void ask(Function<Connection, Input> question) {
            var asked = Objects.requireNonNull(connection);
            asked.request(() -> {
                var answer = question.apply(asked);
                asked.reply(() -> on(answer));
            });
        }

        private void awaitLock() {
            var asked = Objects.requireNonNull(connection);
            asked.request(() -> awaitLockOn(asked));
        }

        private void awaitLockOn(Connection asked) {
            require(lock != asked, "waits for a lock that it already holds");
            asked.waiting = true;
            queue.add(asked);
            at(now + PATIENCE, () -> asked.endWait(new Input.Refused()));
            grantNext();
        }

        private void handOver() {
            var asked = Objects.requireNonNull(connection);
            asked.request(asked::end);
            disconnect();
        }

        private void disconnect() {
            if (connection != null) {
                connection.request(connection::end);
                connection = null;
            }
            if (candidacy instanceof Retired) {
                at(now + between(500, 1000), () -> receive(this::restart));
            }
        }

        private void restart() {
            if (candidacy instanceof Retired) {
                candidacy = new Candidacy.Away(0);
                on(new Input.Ticked());
            }
        }

        private void tick(long set) {
            if (set == timer) {
                on(new Input.Ticked());
            }
        }

        /** Delivers a message or a timer. If the process is frozen, it gets them when it thaws. */
        private void receive(Runnable what) {
            if (now < frozenUntil) {
                at(frozenUntil, () -> receive(what));
            } else {
                what.run();
            }
        }
    }

    private final class Connection {
        private final Controller owner;
        private boolean alive = true;
        private long lastRequest = now;
        private long lastReply = now;
        private long heardAt;
        private boolean waiting;
        private final Queue<Runnable> unread = new ArrayDeque<>();

        Connection(Controller owner) {
            this.owner = owner;
            hear();
        }

        private void request(Runnable what) {
            lastRequest = Math.max(lastRequest, now + travel());
            at(lastRequest, () -> arrive(what));
        }

        private void arrive(Runnable what) {
            if (now < owner.silentUntil) {
                lastRequest = Math.max(lastRequest, owner.silentUntil);
                at(owner.silentUntil, () -> arrive(what)); // when TCP retransmits the request
            } else if (waiting) {
                unread.add(what); // the database reads nothing while it waits, not even the end
            } else if (alive) {
                hear();
                what.run();
            }
        }

        private void endWait(Input answer) {
            if (waiting) {
                waiting = false;
                queue.remove(this);
                hear();
                reply(() -> owner.on(answer));
                while (!unread.isEmpty()) {
                    arrive(unread.remove());
                }
            }
        }

        private void hear() {
            var heard = now;
            heardAt = heard;
            at(
                    now + IDLE_SESSION_TIMEOUT,
                    () -> {
                        if (heardAt == heard && alive && !waiting) {
                            end();
                            reply(() -> owner.on(new Input.Doubted("idle")));
                        }
                    });
        }

        private void reply(Runnable what) {
            lastReply = Math.max(lastReply, now + travel());
            at(lastReply, () -> deliver(what));
        }

        private void deliver(Runnable what) {
            if (now < owner.silentUntil) {
                lastReply = Math.max(lastReply, owner.silentUntil);
                at(owner.silentUntil, () -> deliver(what));
            } else {
                owner.receive(() -> {
                    if (owner.connection == this) {
                        what.run();
                    }
                });
            }
        }

        private void end() {
            alive = false;
            if (lock == this) {
                lock = null;
                grantNext();
            }
        }
    }

    private void grantNext() {
        var next = lock == null ? queue.poll() : null;
        if (next != null) {
            lock = next;
            next.endWait(new Input.Granted());
        }
    }

    private Input writeTerm(Connection by) {
        require(lock == by, "wrote its term without the lock");
        row = new Term(row.epoch() + 1, new UUID(chance.nextLong(), chance.nextLong()));
        return new Input.Enthroned(row);
    }

    private Input readTerm(Term term) {
        return row.equals(term)
                ? new Input.Confirmed()
                : new Input.Doubted("another term has begun");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
