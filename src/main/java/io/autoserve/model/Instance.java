package io.autoserve.model;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One container of an app: a slot {@code <app>-<index>} and its present occupant. When the occupant
 * dies, the slot remains and counts the failures.
 *
 * @param id id of the occupant. It is never used twice, so a late message about a dead occupant
 *     cannot be mistaken for one about its successor
 * @param template the revision that the container is created from; for an empty slot, the template
 *     of its last occupant
 * @param address the container's address in the network of the instances; null until the container
 *     runs
 * @param port the port that nginx sends requests to; 0 if the instance is one of a worker
 * @param stateSince when {@code state} was entered
 * @param readySince when the instance last became ready; null while it is not ready
 * @param restarts number of occupants that were replaced since the slot was created
 * @param failures number of occupants in a row that failed without having served for long
 * @param retryAt while pending or failed, the earliest time for the next occupant
 * @param drainUntil while draining, the deadline at which the instance's open responses are closed.
 *     The instance is stopped about a second later even if requests are in flight
 * @param reason why the instance is in {@code state}, shown to operators
 */
public record Instance(
        long id,
        long appId,
        String app,
        int index,
        State state,
        int revision,
        int template,
        int restart,
        @Nullable String containerId,
        @Nullable String address,
        int port,
        Health health,
        Instant stateSince,
        @Nullable Instant startedAt,
        @Nullable Instant readySince,
        int restarts,
        int failures,
        @Nullable Instant retryAt,
        @Nullable Instant drainUntil,
        String reason) {

    public Instance {
        reason = PlainText.of(reason);
        require(
                (state != State.RUNNING && state != State.DRAINING)
                        || (containerId != null && address != null),
                "needs a container with an address",
                state);
        require(state != State.DRAINING || drainUntil != null, "needs a deadline", state);
        require(
                (health == Health.READY) == (readySince != null),
                "must have readySince exactly while it is ready",
                state);
    }

    /** Checks a rule that the database also checks, but only when the row is written. */
    private static void require(boolean holds, String rule, State state) {
        if (!holds) {
            throw new IllegalArgumentException("an instance that is %s %s".formatted(state, rule));
        }
    }

    /**
     * The states in the order in which they are entered. A slot that is FAILED returns to PENDING
     * and gets a new occupant.
     */
    public enum State {
        PENDING,
        STARTING,
        RUNNING,
        DRAINING,
        STOPPING,
        FAILED
    }

    /** The changes of an instance's row. {@link #allows} says in which states each is allowed. */
    public enum Transition {
        /** The slot gets its next occupant. */
        OCCUPY,
        /** A new leader continues a start that an earlier leader began. */
        RESUME,
        /** The container started, or a running container got another address. */
        RUN,
        /** The result of the readiness check changed. */
        CHECK,
        DRAIN,
        STOP,
        FAIL,
        /** The container of the failed occupant is gone. */
        CLEAR
    }

    public enum Health {
        UNKNOWN,
        READY,
        NOT_READY
    }

    /** Returns the name of the slot and of its container. */
    public String name() {
        return name(app, index);
    }

    public static String name(String app, int index) {
        return app + "-" + index;
    }

    /**
     * Returns whether the container was created from the app's present template and since the app's
     * last restart.
     */
    public boolean upToDate(App now) {
        return template == now.template() && restart >= now.restart();
    }

    /** Returns the newest time at which the instance changed its state or became ready. */
    public Instant changedAt() {
        return readySince == null || readySince.isBefore(stateSince) ? stateSince : readySince;
    }

    /**
     * Returns whether the instance is ready. Requests may then be sent to it, unless it is {@link
     * #portless}.
     */
    public boolean routable() {
        return state == State.RUNNING && health == Health.READY && address != null;
    }

    /** Returns whether the instance is one of a worker, so that it gets no requests. */
    public boolean portless() {
        return port == 0;
    }

    /**
     * Returns whether the instance's drain deadline has passed. Its open responses are then closed.
     */
    public boolean overdue(Instant now) {
        return state == State.DRAINING && drainUntil != null && !drainUntil.isAfter(now);
    }

    public boolean allows(Transition transition) {
        return switch (transition) {
            case OCCUPY -> state == State.PENDING;
            case RESUME -> state == State.STARTING;
            case RUN, FAIL -> state == State.STARTING || state == State.RUNNING;
            case CHECK, DRAIN -> state == State.RUNNING;
            case STOP -> state == State.DRAINING || state == State.STOPPING;
            case CLEAR -> state == State.FAILED;
        };
    }

    /**
     * Returns a new occupant for a slot that is empty or whose last occupant is gone.
     *
     * @throws IllegalStateException if {@code before} does not allow {@link Transition#OCCUPY}.
     *     Each method below that returns a changed instance also throws this exception if the
     *     instance does not allow the transition
     */
    public static Instance starting(
            long id, App app, int index, @Nullable Instance before, String reason, Instant now) {
        if (before != null) {
            before.require(Transition.OCCUPY);
        }
        return new Instance(
                id,
                app.id(),
                app.name(),
                index,
                State.STARTING,
                app.revision(),
                app.template(),
                app.restart(),
                null,
                null,
                app.spec().port(),
                Health.UNKNOWN,
                now,
                null,
                null,
                before == null ? 0 : before.restarts + 1,
                before == null || before.template != app.template() ? 0 : before.failures,
                null,
                null,
                reason);
    }

    /**
     * Returns this instance with a new reason. An earlier leader began to start the instance, and
     * this leader continues the start.
     */
    public Instance resumed(String reason) {
        return new Draft(this, Transition.RESUME).enter(state, reason, stateSince);
    }

    /**
     * Returns this instance with a running container. If the container or its address changed, for
     * example by {@code docker restart}, the results of earlier checks no longer apply, so the
     * instance is not ready until new checks succeed.
     */
    public Instance running(Container container, Instant now) {
        var draft = new Draft(this, Transition.RUN);
        if (!container.id().equals(containerId) || !Objects.equals(container.address(), address)) {
            draft.health = Health.UNKNOWN;
            draft.readySince = null;
            draft.startedAt = now;
        }
        draft.containerId = container.id();
        draft.address = container.address();
        return draft.enter(State.RUNNING, "the container is running", now);
    }

    /** Returns this instance with a changed result of its readiness check. */
    public Instance checked(boolean ready, String reason, Instant now) {
        var draft = new Draft(this, Transition.CHECK);
        draft.health = ready ? Health.READY : Health.NOT_READY;
        draft.readySince = ready ? now : null;
        return draft.enter(state, reason, stateSince);
    }

    public Instance draining(Instant until, String reason, Instant now) {
        var draft = new Draft(this, Transition.DRAIN);
        draft.drainUntil = until;
        return draft.enter(State.DRAINING, reason, now);
    }

    public Instance stopping(String reason, Instant now) {
        return new Draft(this, Transition.STOP).outOfService().enter(State.STOPPING, reason, now);
    }

    /**
     * Returns this instance as failed. The slot gets its next occupant at {@code retryAt} or later.
     */
    public Instance failed(int failures, Instant retryAt, String reason, Instant now) {
        var draft = new Draft(this, Transition.FAIL).outOfService();
        draft.failures = failures;
        draft.retryAt = retryAt;
        return draft.enter(State.FAILED, reason, now);
    }

    /** Returns this slot without a container. It waits for its next occupant. */
    public Instance pending(Instant now) {
        var draft = new Draft(this, Transition.CLEAR);
        draft.containerId = null;
        draft.address = null;
        return draft.enter(State.PENDING, reason, now);
    }

    private void require(Transition transition) {
        if (!allows(transition)) {
            throw new IllegalStateException(
                    "%s is %s, which does not allow %s".formatted(name(), state, transition));
        }
    }

    /**
     * Holds the fields that a change of state may set, so that each method above names only the
     * fields that it changes.
     */
    private static final class Draft {
        private final Instance before;
        private @Nullable String containerId;
        private @Nullable String address;
        private Health health;
        private @Nullable Instant startedAt;
        private @Nullable Instant readySince;
        private int failures;
        private @Nullable Instant retryAt;
        private @Nullable Instant drainUntil;

        Draft(Instance before, Transition transition) {
            before.require(transition);
            this.before = before;
            containerId = before.containerId;
            address = before.address;
            health = before.health;
            startedAt = before.startedAt;
            readySince = before.readySince;
            failures = before.failures;
            retryAt = before.retryAt;
            drainUntil = before.drainUntil;
        }

        Draft outOfService() {
            health = Health.UNKNOWN;
            readySince = null;
            drainUntil = null;
            return this;
        }

        Instance enter(State state, String reason, Instant since) {
            return new Instance(
                    before.id,
                    before.appId,
                    before.app,
                    before.index,
                    state,
                    before.revision,
                    before.template,
                    before.restart,
                    containerId,
                    address,
                    before.port,
                    health,
                    since,
                    startedAt,
                    readySince,
                    before.restarts,
                    failures,
                    retryAt,
                    drainUntil,
                    reason);
        }
    }
}
