package io.autoserve.health;

/** How one probe ended. */
sealed interface Outcome {
    record Passed() implements Outcome {}

    record Failed(String why) implements Outcome {}
}
