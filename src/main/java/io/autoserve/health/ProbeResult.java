package io.autoserve.health;

import io.autoserve.model.PlainText;

/** How one probe ended. */
public sealed interface ProbeResult {
    record Passed() implements ProbeResult {}

    /**
     * @param why may quote what the instance answered
     */
    record Failed(String why) implements ProbeResult {
        public Failed {
            why = PlainText.of(why);
        }
    }

    /**
     * The probe timed out, but this controller or Docker was too slow to ask and to listen in time.
     * The result says nothing about the instance.
     */
    record Unjudged() implements ProbeResult {}
}
