package io.autoserve.api;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rollout under way, as operators see it.
 *
 * @param from the revision that served before, to which a failed rollout rolls back
 * @param weight percent of the traffic for the new revision; null if the rollout is not in a canary
 *     step
 * @param ready number of instances of the new revision that can receive requests
 * @param old number of instances of other revisions that can receive requests
 * @param watchSeconds time for which the new revision must stay healthy before the rollout is
 *     complete
 */
record RolloutStatus(
        int from,
        int to,
        Phase phase,
        boolean paused,
        int step,
        int steps,
        @Nullable Integer weight,
        int wanted,
        int ready,
        int old,
        Instant startedAt,
        Instant steppedAt,
        long watchSeconds,
        String reason) {

    enum Phase {
        /** The new revision serves a share of the traffic. */
        Canary,
        /** New instances replace old ones. */
        Replacing,
        /** New instances start but receive no requests yet. */
        Preparing,
        /** The new revision serves all traffic and is still rolled back if it fails. */
        Watching
    }

    static @Nullable RolloutStatus of(App app, List<Instance> instances) {
        var rollout = app.rollout();
        if (rollout == null) {
            return null;
        }
        var policy = app.spec().rollout();
        var ready = count(app, instances, true);
        var old = count(app, instances, false);
        var tried = rollout.step() < policy.steps().size();
        var phase =
                switch (policy.strategy()) {
                    case ROLLING ->
                            tried ? Phase.Canary : old == 0 ? Phase.Watching : Phase.Replacing;
                    case BLUE_GREEN -> rollout.step() == 0 ? Phase.Preparing : Phase.Watching;
                };
        return new RolloutStatus(
                rollout.from(),
                app.revision(),
                phase,
                rollout.paused(),
                rollout.step(),
                policy.strategy() == Strategy.BLUE_GREEN ? 1 : policy.steps().size(),
                tried ? policy.steps().get(rollout.step()).weight() : null,
                app.wanted(),
                ready,
                old,
                rollout.startedAt(),
                rollout.steppedAt(),
                policy.watch().toSeconds(),
                rollout.reason());
    }

    private static int count(App app, List<Instance> instances, boolean fresh) {
        return (int)
                instances.stream()
                        .filter(Instance::routable)
                        .filter(instance -> instance.upToDate(app) == fresh)
                        .count();
    }
}
