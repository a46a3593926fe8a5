package io.autoserve.model;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of a user to run a command as a task.
 *
 * @param command program and arguments, with the limits of {@link ExecCommand}
 * @param revision the revision of the app to use; null for the present one
 * @param timeLimit how long one attempt may take, 1 second to 7 days
 * @param retries how many more attempts follow after failures, 0 to 10
 */
public record TaskRequest(
        List<String> command, @Nullable Integer revision, Duration timeLimit, int retries) {
    private static final Duration LONGEST = Duration.ofDays(7);
    private static final int MOST_RETRIES = 10;

    public TaskRequest {
        command = new ExecCommand(command, false, false, 1, 1).command();
        Require.that(
                timeLimit.compareTo(Duration.ofSeconds(1)) >= 0
                        && timeLimit.compareTo(LONGEST) <= 0,
                "the time limit must be 1 to %d seconds, was %d",
                LONGEST.toSeconds(),
                timeLimit.toSeconds());
        Require.that(
                0 <= retries && retries <= MOST_RETRIES,
                "retries must be 0 to %d, was %d",
                MOST_RETRIES,
                retries);
    }

    /** Returns the program's name and the number of its arguments, for operators. */
    public String text() {
        return new ExecCommand(command, false, false, 1, 1).text();
    }
}
