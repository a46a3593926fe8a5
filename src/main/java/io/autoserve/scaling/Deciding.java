package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision;
import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import java.time.Instant;
import java.util.Collection;

/** Looks at samples through both windows and decides by them; for real and simulated apps alike. */
final class Deciding {
    private Deciding() {}

    /**
     * @param samples of the app, of the policy's window at least
     */
    static Decision decide(
            Scaling policy,
            Standing standing,
            Collection<Sample> samples,
            Collection<Instance> instances,
            History history,
            Instant now) {
        return Scaler.decide(
                policy,
                standing,
                Load.of(samples, instances, policy.window(), now),
                Load.of(samples, instances, Scaler.panicWindow(policy), now),
                history,
                now);
    }
}
