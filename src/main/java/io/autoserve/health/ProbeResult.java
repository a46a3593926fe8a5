package io.autoserve.health;

import io.autoserve.model.PlainText;

/** How one probe ended. */
sealed interface ProbeResult {
    record Passed() implements ProbeResult {}

    /**
     * @param why may quote what the instance answered
     */
    record Failed(String why) implements ProbeResult {
        public Failed {
            why = PlainText.of(why);
        }
    }
}
