package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.LogReader;
import io.autoserve.model.PreviousLog;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens streams from and to single instances. Each stream holds a thread and a connection of this
 * controller, so their number is limited. Beyond the limit, calls fail with a {@link Refusal}.
 */
public interface Attachments {

    /**
     * Returns lines that the instance's present container wrote, oldest first.
     *
     * @param tail maximum number of lines, 1 to 10,000. The newest lines are returned
     */
    Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since);

    /** Returns what the instances of the app that failed wrote, each in its last container. */
    Future<List<PreviousLog>> previousLogs(String app);

    /**
     * Passes the lines of the instance's present container to {@code reader}: first the lines since
     * {@code since}, then each new line as soon as the container writes it.
     *
     * @param since time of the oldest line to pass on; null to begin with the container's first
     *     line
     * @throws Refusal if this controller already has the maximum number of streams
     */
    Subscription follow(Instance instance, @Nullable Instant since, LogReader reader);

    /** Runs a command in the instance. Two events record who ran it and how it ended. */
    Future<Session> run(Instance instance, ExecCommand command, By by, Session.Output output);

    /**
     * Connects to a port of the instance. One event records when the actor's first connection to
     * the port opened, and another event records when the last connection was closed.
     */
    Future<Session> dial(Instance instance, int port, By by, Session.Output output);

    /** Returns how many more streams may be opened. */
    int free();
}
