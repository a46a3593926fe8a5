package io.autoserve.apps;

import static java.util.Comparator.naturalOrder;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.SteadyClock;
import io.autoserve.store.StateReader.ClusterState;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The time by which a leader decides. Recorded times may come from a machine whose clock differs,
 * so the time is never before one of them, and a rollout's deadline counts from when this leader
 * first saw the rollout.
 */
final class TermTime {
    private final SteadyClock clock;
    private Map<RolloutStep, Instant> rolloutsSeen = Map.of();

    /** One step of one rollout. */
    private record RolloutStep(long app, int template, int step) {
        static Optional<RolloutStep> of(App app) {
            return Optional.ofNullable(app.rollout())
                    .map(rollout -> new RolloutStep(app.id(), app.template(), rollout.step()));
        }
    }

    TermTime(SteadyClock clock) {
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Remembers the times of the state that was just read, and which rollouts it contains. */
    void keep(ClusterState state) {
        Stream.concat(
                        state.apps().stream().map(App::updatedAt),
                        state.instances().stream().map(Instance::stateSince))
                .max(naturalOrder())
                .ifPresent(clock::notBefore);
        var now = now();
        var before = rolloutsSeen;
        rolloutsSeen =
                state.apps().stream()
                        .flatMap(app -> RolloutStep.of(app).stream())
                        .collect(toMap(identity(), step -> before.getOrDefault(step, now)));
    }

    /** Returns when this leader first saw the app's rollout at its present step. */
    @Nullable Instant sawRollout(App app) {
        return RolloutStep.of(app).map(rolloutsSeen::get).orElse(null);
    }
}
