package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.SteadyClock;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Simulates the clock of the leader's machine, which somebody may set, and the leader's own time,
 * which must not jump when that happens.
 */
final class SimulatedTime {
    private Instant machine = Fixtures.NOON;
    private long nanos;
    private SteadyClock clock = new SteadyClock(() -> machine, () -> nanos);
    private final Map<String, Seen> rolloutsSeen = new HashMap<>();

    /**
     * When the leader first saw a step of a rollout. {@code step} holds the template of the rollout
     * and the number of the step.
     */
    private record Seen(List<Integer> step, Instant at) {}

    /** Lets this much time pass, and returns the leader's time. */
    Instant pass(Duration time) {
        machine = machine.plus(time);
        nanos += time.toNanos();
        return clock.instant();
    }

    /** Sets the machine's clock forward or back by this much. */
    void set(Duration by) {
        machine = machine.plus(by);
    }

    /**
     * Simulates that another controller begins to lead.
     *
     * @param recorded the times in the rows that it reads
     */
    Instant newLeader(Collection<Instant> recorded) {
        clock = new SteadyClock(() -> machine, () -> nanos);
        recorded.forEach(clock::notBefore);
        rolloutsSeen.clear();
        return clock.instant();
    }

    /** Returns when this leader first saw the app's rollout at its present step. */
    @Nullable Instant sawRollout(App app) {
        var rollout = app.rollout();
        if (rollout == null) {
            return null;
        }
        var step = List.of(app.template(), rollout.step());
        var before = rolloutsSeen.get(app.name());
        if (before == null || !before.step.equals(step)) {
            before = new Seen(step, clock.instant());
            rolloutsSeen.put(app.name(), before);
        }
        return before.at;
    }
}
