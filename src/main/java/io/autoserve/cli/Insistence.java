package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/** Asks again who was too busy and did nothing: a few times, and each time later. */
final class Insistence {
    private static final int MOST_TRIES = 5;

    private int tries;

    /**
     * How long to wait before the next try.
     *
     * @param problem what was answered
     * @param retryAfter seconds, as the answer says
     * @return empty: not to be asked again
     */
    Optional<Duration> pause(JsonNode problem, int retryAfter) {
        tries++;
        return problem.path("type").asText().endsWith(":busy") && tries < MOST_TRIES
                ? Optional.of(Duration.ofSeconds((long) retryAfter * tries))
                : Optional.empty();
    }
}
