package io.autoserve.model;

import java.time.Instant;
import java.util.List;

/**
 * The output of the last container of an instance that failed.
 *
 * @param instance name of the instance, which may run again in another container
 * @param endedAt when the leader recorded the failure
 * @param lines the newest lines, oldest first
 */
public record PreviousLog(String instance, Instant endedAt, List<LogLine> lines) {
    public PreviousLog {
        lines = List.copyOf(lines);
    }
}
