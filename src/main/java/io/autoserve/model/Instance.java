package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One container of an app: a slot {@code <app>-<index>} and its present occupant. When the occupant
 * dies the slot stays and remembers how often.
 *
 * @param id of the occupant; never used twice, so a late message about a dead one cannot be taken
 *     for its successor
 * @param address in the network of the instances; null until it runs
 * @param stateSince when {@code state} was entered
 * @param readySince when it last became ready; null while it is not
 * @param restarts occupants replaced since the slot was made
 * @param failures of these, in a row, without 10 minutes of health between
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

    /** Whether requests may be sent to it. */
    public boolean routable() {
        return state == State.RUNNING && health == Health.READY && address != null;
    }
}
