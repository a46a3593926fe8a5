package io.autoserve.api;

import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.platform.Platform;
import java.time.Duration;

/**
 * States whether a controller's answers about apps are correct, and if not, why.
 *
 * @param detail the reason, as one clause for operators
 */
record Readiness(boolean ok, String detail) {
    /**
     * After this time without contact to the database, this controller is not ready. The time is
     * longer than a failover takes. During a failover, no controller has contact, and all of them
     * would become unready together.
     */
    private static final Duration CUT_OFF = Duration.ofSeconds(30);

    static Readiness of(Platform platform) {
        var cluster = platform.cluster();
        if (!cluster.ready()) {
            return new Readiness(
                    false,
                    "this controller's view is not loaded yet: "
                            + (cluster.now().database().primary() == null
                                    ? "no primary database answers"
                                    : "loading it from the database"));
        }
        var silence = cluster.silence();
        return silence.compareTo(CUT_OFF) < 0
                ? new Readiness(true, "has seen event " + platform.snapshot().seq())
                : new Readiness(
                        false,
                        "the database has not answered this controller for %d s: its view may be outdated"
                                .formatted(silence.toSeconds()));
    }

    Check check() {
        return new Check("view", ok, detail);
    }
}
