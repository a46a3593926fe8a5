package io.autoserve.health;

import io.autoserve.model.PlainText;
import org.jspecify.annotations.Nullable;

/** How one probe ended. */
public sealed interface ProbeResult {
    record Passed() implements ProbeResult {}

    /**
     * @param why may quote what the instance answered
     * @param closedPort the port on which the instance refused the connection; null if it did not
     */
    record Failed(String why, @Nullable Integer closedPort) implements ProbeResult {
        public Failed {
            why = PlainText.of(why);
        }

        Failed(String why) {
            this(why, null);
        }
    }

    /**
     * The probe timed out, but this controller or Docker was too slow to ask and to listen in time.
     * The result says nothing about the instance.
     */
    record Unjudged() implements ProbeResult {}
}
