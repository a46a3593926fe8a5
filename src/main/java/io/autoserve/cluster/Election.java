package io.autoserve.cluster;

import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.cluster.Candidacy.Leading;
import io.autoserve.cluster.Candidacy.Step;
import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.time.EventLoop;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes at most one controller the leader. The leader is the controller whose session holds an
 * advisory lock of the primary. The database itself ends the session of a silent controller, and
 * the controller stops trusting its own leadership before that. {@link Candidacy} decides every
 * step, and this class takes the steps on an event loop of its own.
 *
 * <p>After a failover, a former primary that was frozen can give its own lock to another controller
 * until Patroni ends it. Such a leader must not be able to change anything: no standby confirms its
 * writes, and nginx refuses its routes because of the older timeline.
 */
public final class Election {
    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    private final LeaseConnection.Source connections;
    private final String name;
    private final String address;
    private final Function<Event.Change, String> json;
    private final Time time;
    private final RandomGenerator random;

    private volatile Candidacy candidacy = new Candidacy.Away(0);
    private final Promise<Void> gone = Promise.promise();
    private volatile @Nullable EventLoop loop;
    private @Nullable Leadership leadership;
    private @Nullable Lease lease;
    private Runnable cancelTimer = () -> {};

    /**
     * @param name name of this controller
     * @param address address at which the other controllers reach this one
     * @param json converts a change to the form in which it is stored with its event
     * @param time its monotonic clock must continue while the process is stopped
     * @param random spreads the pauses between connects
     */
    public Election(
            LeaseConnection.Source connections,
            String name,
            String address,
            Function<Event.Change, String> json,
            Time time,
            RandomGenerator random) {
        this.connections = connections;
        this.name = name;
        this.address = address;
        this.json = json;
        this.time = time;
        this.random = random;
    }

    /**
     * Stands for election until {@link #resign}, even while there is no database. Must be called
     * only once, on this event loop.
     */
    public void start(EventLoop loop, Leadership leadership) {
        this.leadership = leadership;
        this.loop = loop;
        on(new Input.Ticked());
    }

    /**
     * Returns the term in which this controller leads. Returns empty if it does not lead, or if it
     * can no longer trust that it leads.
     */
    public Optional<Term> current() {
        return candidacy instanceof Leading leading && leading.trusted(time.nanoTime())
                ? Optional.of(leading.term())
                : Optional.empty();
    }

    public boolean trusted() {
        return current().isPresent();
    }

    /**
     * Returns whether this controller still leads in {@code term}. Must be called right before each
     * action that cannot be fenced. May be called from any thread.
     */
    public boolean holds(Term term) {
        return current().filter(term::equals).isPresent();
    }

    /**
     * Stops leading, lets another controller take over at once, and no longer stands for election.
     */
    public Future<Void> resign() {
        var started = loop;
        if (started == null) {
            gone.tryComplete();
        } else {
            started.run(() -> on(new Input.Resigned()));
        }
        return gone.future();
    }

    private void on(Input outcome) {
        var move = candidacy.on(outcome, time.nanoTime(), random.nextDouble());
        candidacy = move.candidacy();
        move.steps().forEach(this::take);
    }

    private void take(Step step) {
        switch (step) {
            case Step.Connect() -> connect();
            case Step.AwaitLock() -> ask(Lease::awaitLock);
            case Step.WriteTerm() -> ask(lease -> lease.writeTerm(name, address));
            case Step.ReadTerm(var term) -> ask(lease -> lease.readTerm(term));
            case Step.TellElected(var term) -> tellElected(term);
            case Step.TellDeposed(var term, var reason) -> tellDeposed(term, reason);
            case Step.HandOver(var term) -> handOver(term);
            case Step.Disconnect() -> disconnect();
            case Step.WakeAfter(var delay) -> wakeAfter(delay);
        }
    }

    private void connect() {
        connections
                .connect(Lease.settings(name))
                .onSuccess(this::connected)
                .onFailure(failure -> on(new Input.Doubted(message(failure))));
    }

    private void connected(LeaseConnection session) {
        var opened = new Lease(session, json, time);
        lease = opened;
        session.connection()
                .closeHandler(_ ->
                        answer(opened, new Input.Doubted("the database closed the connection")))
                .exceptionHandler(failure -> answer(opened, new Input.Doubted(message(failure))));
        on(new Input.Connected());
    }

    private void ask(Function<Lease, Future<Input>> question) {
        var asked = Objects.requireNonNull(lease);
        question.apply(asked)
                .otherwise(failure -> new Input.Doubted(message(failure)))
                .onSuccess(outcome -> answer(asked, outcome));
    }

    /**
     * Passes the outcome of a step to {@link Candidacy}, unless it comes from an abandoned session.
     */
    private void answer(Lease asked, Input outcome) {
        if (asked == lease) {
            on(outcome);
        }
    }

    private void tellElected(Term term) {
        LOG.info("this controller leads, term {}", term.epoch());
        try {
            Objects.requireNonNull(leadership).elected(term);
        } catch (RuntimeException e) {
            LOG.error("could not start leading", e);
            started().run(() -> on(new Input.Doubted("could not start leading: " + message(e))));
        }
    }

    private void tellDeposed(Term term, String reason) {
        LOG.info("this controller no longer leads, term {}: {}", term.epoch(), reason);
        try {
            Objects.requireNonNull(leadership).deposed(term, reason);
        } catch (RuntimeException e) {
            LOG.error("could not stop leading cleanly", e);
        }
    }

    private void handOver(Term term) {
        Objects.requireNonNull(lease).handOver(term, name).onComplete(_ -> disconnect());
    }

    private void disconnect() {
        cancelTimer.run();
        if (lease != null) {
            lease.close();
            lease = null;
        }
        if (candidacy instanceof Candidacy.Retired) {
            gone.tryComplete();
        }
    }

    private void wakeAfter(Duration delay) {
        cancelTimer.run();
        cancelTimer = started().after(delay.plusMillis(1), () -> on(new Input.Ticked()));
    }

    private EventLoop started() {
        return Objects.requireNonNull(loop);
    }

    private static String message(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    }
}
