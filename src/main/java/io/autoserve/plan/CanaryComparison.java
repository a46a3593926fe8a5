package io.autoserve.plan;

import java.time.Duration;

/**
 * How the new and the old revision of a rollout answered requests in the last minute. Both
 * revisions are measured at the same time, and therefore under the same circumstances.
 */
public record CanaryComparison(Answers fresh, Answers old) {
    public static final CanaryComparison NONE = new CanaryComparison(Answers.NONE, Answers.NONE);

    /**
     * @param errors number of requests that ended with a 5xx response or a broken connection
     * @param p95 time within which 95 of 100 requests were answered
     */
    public record Answers(long requests, long errors, Duration p95) {
        public static final Answers NONE = new Answers(0, 0, Duration.ZERO);

        double errorRate() {
            return requests == 0 ? 0 : (double) errors / requests;
        }
    }
}
