package io.autoserve.runtime;

import io.autoserve.model.Container;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Containers of one installation, told from others by a label. Every call blocks its (virtual)
 * thread, has a deadline of its own and may be repeated: doing what is already done is a success.
 *
 * <p>All throw {@link EngineException}: the engine refused, with its words, or did not answer in
 * time. A runtime that was handed out for a time throws {@link NotPermitted} behind it.
 */
public interface ContainerRuntime extends AutoCloseable {

    /** The name of the machine that it has containers on, as the engine tells it. */
    String node();

    /** Every container of this installation, also ended ones. */
    List<Container> list();

    /**
     * Makes and starts a container, pulling its image as its policy says. One of the same name and
     * instance is adopted; one of the same name and another instance is removed first, if it is
     * ours.
     */
    Container start(Launch launch);

    /**
     * Sends SIGTERM, waits {@code grace}, kills, removes. Fine if it is gone; a frozen one is
     * thawed to be ended.
     */
    void stop(String containerId, Duration grace);

    /** Removes at once, by force. Fine if it is gone. */
    void remove(String containerId);

    /**
     * Removes an image, or where it has other names this one. False while a container uses it, or
     * others have given it names.
     */
    boolean forget(Image image);

    /** How a container ended, with the last lines it wrote. */
    Ending ending(String containerId);

    Execution execute(String containerId, List<String> command, Duration timeout);

    /**
     * Lines written, oldest first.
     *
     * @param tail at most so many of the newest, 1 to 10,000
     * @param since null: from the beginning
     */
    List<LogLine> logs(String containerId, int tail, @Nullable Instant since);

    /**
     * What containers have used up to now, by container id; without those that have ended. Takes
     * about a millisecond for 50 where the kernel's files are to be seen, some seconds where not.
     */
    Map<String, Usage> usage(Collection<String> containerIds);

    /**
     * Calls {@code listener} with the container's name soon after a container of ours started,
     * died, froze or thawed, and with an empty name after each (re)connect, when events may have
     * been missed. Reconnects by itself.
     */
    Runnable watch(Consumer<String> listener);

    @Override
    void close();

    /** Credentials and so on stay out of messages. */
    final class EngineException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public EngineException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Whoever called may change nothing any more; what else the call had to do was not done. */
    final class NotPermitted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotPermitted(String request) {
            super("no longer permitted: " + request, null, false, false);
        }
    }

    record Ending(@Nullable Integer exitCode, boolean outOfMemory, List<String> lastLines) {}

    record Execution(int exitCode, String output) {}

    /**
     * @param cpu time on processors since the container started
     * @param memoryBytes working set
     * @param memoryLimitBytes the machine's memory where the container has no limit
     */
    record Usage(Duration cpu, long memoryBytes, long memoryLimitBytes) {}

    record LogLine(Instant at, boolean error, String text) {}
}
