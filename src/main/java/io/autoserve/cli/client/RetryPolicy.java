package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Optional;

/**
 * Decides whether a refused request is repeated, and when. A request that a busy controller refused
 * is repeated, because the controller did nothing. The same holds for a change that the token's
 * write rate refused, and for a stream that was refused because too many were open or began at
 * once. If the controller cannot tell whether it did the work, only a request with an idempotency
 * key is repeated. There are five tries at most, with growing pauses.
 */
final class RetryPolicy {
    private static final int MOST_TRIES = 5;

    private final boolean once;
    private final boolean webSocket;
    private int tries;

    /**
     * @param once whether the request has an idempotency key, so that repeating it is safe
     */
    RetryPolicy(boolean once) {
        this(once, false);
    }

    private RetryPolicy(boolean once, boolean webSocket) {
        this.once = once;
        this.webSocket = webSocket;
    }

    /** Decides about a WebSocket, whose problem is the answer to a plain GET of its path. */
    static RetryPolicy ofWebSocket() {
        return new RetryPolicy(false, true);
    }

    /**
     * Returns how long to wait before the next try.
     *
     * @param problem the problem in the answer
     * @param retryAfter seconds from the answer's {@code Retry-After}
     * @return empty if the request must not be repeated
     */
    Optional<Duration> pause(JsonNode problem, int retryAfter) {
        tries++;
        var nothingDone =
                busy(problem)
                        || limited(problem)
                        || crowded(problem)
                        || (webSocket && openNow(problem));
        return (nothingDone || (once && unavailable(problem))) && tries < MOST_TRIES
                ? Optional.of(Duration.ofSeconds((long) retryAfter * tries))
                : Optional.empty();
    }

    static String cause(JsonNode problem) {
        if (crowded(problem)) {
            return problem.path("detail").asText();
        }
        if (limited(problem)) {
            return "the token makes too many changes at once";
        }
        if (openNow(problem)) {
            return "the controller refused the WebSocket";
        }
        return busy(problem)
                ? "the controller is busy"
                : "the controller is temporarily unavailable";
    }

    /** Returns whether a stream was refused because too many are open. */
    static boolean crowded(JsonNode problem) {
        return problem.path("type").asText().endsWith(":too-many-streams");
    }

    private static boolean limited(JsonNode problem) {
        return problem.path("type").asText().endsWith(":too-many-writes");
    }

    /**
     * Returns whether the only problem of a plain GET was that it was no WebSocket. The reason for
     * which the WebSocket before it was refused is then over.
     */
    private static boolean openNow(JsonNode problem) {
        return problem.at("/errors/0/parameter").asText().equals("header Upgrade");
    }

    private static boolean busy(JsonNode problem) {
        return problem.path("type").asText().endsWith(":busy");
    }

    private static boolean unavailable(JsonNode problem) {
        return problem.path("type").asText().endsWith(":unavailable");
    }
}
