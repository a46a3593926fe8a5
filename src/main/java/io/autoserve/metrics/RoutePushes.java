package io.autoserve.metrics;

import io.autoserve.apps.PushObserver;
import io.autoserve.proxy.NginxManager.Pushed;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.function.Supplier;

/**
 * Counts the pushes of route tables to nginx by their outcome, and measures how long nginx takes to
 * answer.
 */
public final class RoutePushes implements PushObserver {
    private final MeterRegistry registry;
    private final Timer accepted;
    private final Timer refused;
    private final Timer invalid;
    private final Timer failed;

    RoutePushes(MeterRegistry registry) {
        this.registry = registry;
        accepted = pushes("accepted");
        refused = pushes("refused");
        invalid = pushes("invalid");
        failed = pushes("failed");
    }

    private Timer pushes(String outcome) {
        return Metrics.timer(
                registry,
                "autoserve.route.push",
                "Seconds to send a route table to nginx, by outcome: accepted; refused (another leader's"
                        + " table is newer); invalid (nginx rejected it); failed (nginx did not answer)",
                "outcome",
                outcome);
    }

    /** Performs the push and measures it. */
    @Override
    public Pushed observed(Supplier<Pushed> push) {
        var sample = Timer.start(registry);
        try {
            var pushed = push.get();
            sample.stop(
                    switch (pushed) {
                        case Pushed.Accepted _ -> accepted;
                        case Pushed.Refused _ -> refused;
                        case Pushed.Invalid _ -> invalid;
                    });
            return pushed;
        } catch (RuntimeException silent) {
            sample.stop(failed);
            throw silent;
        }
    }
}
