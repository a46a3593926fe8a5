package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks again who was too busy and did nothing, and, for what is done once however often it is asked
 * for, who could not tell whether it was done: a few times, and each time later.
 */
final class Insistence {
    private static final int MOST_TRIES = 5;

    private final boolean once;
    private int tries;

    /**
     * @param once what is asked for has a key
     */
    Insistence(boolean once) {
        this.once = once;
    }

    /**
     * How long to wait before the next try.
     *
     * @param problem what was answered
     * @param retryAfter seconds, as the answer says
     * @return empty: not to be asked again
     */
    Optional<Duration> pause(JsonNode problem, int retryAfter) {
        tries++;
        return (busy(problem) || (once && unavailable(problem))) && tries < MOST_TRIES
                ? Optional.of(Duration.ofSeconds((long) retryAfter * tries))
                : Optional.empty();
    }

    static String cause(JsonNode problem) {
        return busy(problem)
                ? "the controller is busy"
                : "the controller cannot do it at the moment";
    }

    private static boolean busy(JsonNode problem) {
        return problem.path("type").asText().endsWith(":busy");
    }

    private static boolean unavailable(JsonNode problem) {
        return problem.path("type").asText().endsWith(":unavailable");
    }
}
