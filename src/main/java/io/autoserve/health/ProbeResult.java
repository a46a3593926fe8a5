package io.autoserve.health;

/** How one probe ended. */
sealed interface ProbeResult {
    record Passed() implements ProbeResult {}

    record Failed(String why) implements ProbeResult {}
}
