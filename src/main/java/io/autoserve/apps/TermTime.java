package io.autoserve.apps;

import static java.util.Comparator.naturalOrder;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.SteadyClock;
import io.autoserve.plan.Plan;
import io.autoserve.store.StateReader.ClusterState;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The time that a leader's decisions use. Recorded times may come from a machine with a different
 * clock. Therefore this time is never before a recorded time, and the deadline of a rollout's step
 * counts from the time at which this leader first saw the step.
 */
final class TermTime {
    private final SteadyClock clock;
    private Map<RolloutStep, Instant> rolloutsSeen = Map.of();
    private Map<Long, ReleaseStatus> releases = Map.of();

    /**
     * One step of one rollout.
     *
     * @param released whether the release command has ended. Its time does not count as part of the
     *     step
     */
    private record RolloutStep(long app, int template, int step, boolean released) {
        static Optional<RolloutStep> of(App app, @Nullable ReleaseStatus release) {
            var released =
                    release == null || release.state() == ReleaseStatus.ReleaseState.SUCCEEDED;
            return Optional.ofNullable(app.rollout())
                    .map(rollout ->
                            new RolloutStep(app.id(), app.template(), rollout.step(), released));
        }
    }

    TermTime(SteadyClock clock) {
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Returns the time of the machine's clock. It may jump, so only schedules use it. */
    Instant wallTime() {
        return clock.wallTime();
    }

    /** Returns a plan by the machine's clock with the time of its next look on the steady clock. */
    Plan steady(Plan plan) {
        var ahead = Duration.between(now(), wallTime());
        return new Plan(plan.actions(), plan.lookAgainAt().map(at -> at.minus(ahead)));
    }

    /**
     * Sets the clock forward to the newest time in the state that was just read, and remembers when
     * each rollout's step was first seen.
     */
    void keep(ClusterState state) {
        Stream.of(
                        state.apps().stream().map(App::updatedAt),
                        state.instances().stream().map(Instance::changedAt),
                        state.tasks().stream().map(of -> of.task().stateSince()))
                .flatMap(times -> times)
                .max(naturalOrder())
                .ifPresent(clock::notBefore);
        var now = now();
        var before = rolloutsSeen;
        releases = state.releases();
        rolloutsSeen =
                state.apps().stream()
                        .flatMap(app -> RolloutStep.of(app, releases.get(app.id())).stream())
                        .collect(toMap(identity(), step -> before.getOrDefault(step, now)));
    }

    /** Returns when this leader first saw the app's rollout at its present step. */
    @Nullable Instant sawRollout(App app) {
        return RolloutStep.of(app, releases.get(app.id())).map(rolloutsSeen::get).orElse(null);
    }
}
