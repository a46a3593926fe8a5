package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One container of an app: a slot {@code <app>-<index>} and its present occupant. When the occupant
 * dies the slot stays and remembers how often.
 *
 * @param id of the occupant; never used twice, so a late message about a dead one cannot be taken
 *     for its successor
 * @param template revision that its container is made by; also of an empty slot's last occupant
 * @param address in the network of the instances; null until it runs
 * @param stateSince when {@code state} was entered
 * @param readySince when it last became ready; null while it is not
 * @param restarts occupants replaced since the slot was made
 * @param failures of these, in a row: none of them had served for long between
 * @param retryAt while pending or failed: not before this
 * @param drainUntil while draining: stopped at this time even if requests are in flight
 * @param reason for {@code state}, for operators
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
        template = template == 0 ? revision : template; // of events from before there was one
    }

    /** Entered from left to right; from FAILED a slot goes on to PENDING with a new occupant. */
    public enum State {
        PENDING,
        STARTING,
        RUNNING,
        DRAINING,
        STOPPING,
        FAILED
    }

    public enum Health {
        UNKNOWN,
        READY,
        NOT_READY
    }

    /** Name of the slot and of its container. */
    public String name() {
        return name(app, index);
    }

    public static String name(String app, int index) {
        return app + "-" + index;
    }

    /** Whether its container is as the app now wants it. */
    public boolean upToDate(App now) {
        return template == now.template() && restart >= now.restart();
    }

    /** Whether requests may be sent to it. */
    public boolean routable() {
        return state == State.RUNNING && health == Health.READY && address != null;
    }

    /** Whether its time to drain is over: what it still has open is closed. */
    public boolean overdue(Instant now) {
        return state == State.DRAINING && drainUntil != null && !drainUntil.isAfter(now);
    }

    /** A new occupant for a slot that is empty, or whose last occupant is gone. */
    public static Instance starting(
            long id, App app, int index, @Nullable Instance before, String reason, Instant now) {
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
                app.spec().mainPort().number(),
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

    /** Its container runs, at an address that may have changed. */
    public Instance running(Container container, Instant now) {
        var draft = new Draft(this);
        draft.containerId = container.id();
        draft.address = container.address();
        draft.startedAt = startedAt == null ? now : startedAt;
        return draft.enter(State.RUNNING, "its container runs", now);
    }

    /** Its readiness check has changed its mind, for {@code reason}. */
    public Instance checked(boolean ready, String reason, Instant now) {
        var draft = new Draft(this);
        draft.health = ready ? Health.READY : Health.NOT_READY;
        draft.readySince = ready ? now : null;
        return draft.enter(state, reason, stateSince);
    }

    public Instance draining(Instant until, String reason, Instant now) {
        var draft = new Draft(this);
        draft.drainUntil = until;
        return draft.enter(State.DRAINING, reason, now);
    }

    public Instance stopping(String reason, Instant now) {
        return new Draft(this).outOfService().enter(State.STOPPING, reason, now);
    }

    /** The occupant is lost; the slot may have another not before {@code retryAt}. */
    public Instance failed(int failures, Instant retryAt, String reason, Instant now) {
        var draft = new Draft(this).outOfService();
        draft.failures = failures;
        draft.retryAt = retryAt;
        return draft.enter(State.FAILED, reason, now);
    }

    /** The failed occupant's container is gone; the slot waits for its next. */
    public Instance pending(Instant now) {
        var draft = new Draft(this);
        draft.containerId = null;
        draft.address = null;
        return draft.enter(State.PENDING, reason, now);
    }

    /** What a step changes, so that each names no more than that. */
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

        Draft(Instance before) {
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
