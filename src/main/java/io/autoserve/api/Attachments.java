package io.autoserve.api;

import io.autoserve.api.Platform.LogLine;
import io.autoserve.api.Platform.Subscription;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.vertx.core.Future;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Streams from and to single instances. Each holds a thread and a connection of this controller, so
 * it allows only so many, and fails with a {@link Refusal} beyond.
 */
public interface Attachments {

    /**
     * Tells what the instance's present container writes, without the past before {@code since}.
     *
     * @param since null: from the container's beginning
     * @throws Refusal where this controller has as many streams as it may
     */
    Subscription follow(Instance instance, @Nullable Instant since, LogReader reader);

    /** Runs a command in the instance; two events tell of it, by whom it was and how it ended. */
    Future<Session> run(
            Instance instance, ExecCommand command, String actor, Session.Output output);

    /** Connects to a port of the instance; events tell of the first and the last by the actor. */
    Future<Session> dial(Instance instance, int port, String actor, Session.Output output);

    /** How many more streams there may be. */
    int free();

    /** Told by a thread of its own, which it may hold up. */
    interface LogReader {
        void line(LogLine line) throws InterruptedException;

        /** Nothing more comes: the container is gone, or cannot be followed any more. */
        void ended();
    }
}
