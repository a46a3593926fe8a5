package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision;
import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import java.time.Instant;
import java.util.Collection;

/**
 * Measures an app's load over the policy's window, over the short panic window and in the newest
 * reading, and decides from all three. Decisions about real apps and {@code simulate} both use this
 * class.
 */
final class Deciding {
    private Deciding() {}

    /**
     * @param samples the app's samples, covering at least the policy's window
     */
    static Decision decide(
            Scaling policy,
            ScalingState standing,
            Collection<Sample> samples,
            Collection<Instance> instances,
            History history,
            Instant now) {
        return Scaler.decide(
                policy,
                standing,
                Load.of(samples, instances, policy.window(), now),
                Load.of(samples, instances, Scaler.panicWindow(policy), now),
                Load.of(Samples.newest(samples), instances, policy.window(), now),
                history,
                now);
    }
}
