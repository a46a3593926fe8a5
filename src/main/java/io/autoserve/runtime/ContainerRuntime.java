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
 * thread and may be repeated: doing what is already done is a success.
 *
 * <p>All throw {@link EngineException}: the engine refused, with its words. Where the answer is
 * missing they throw {@link OutcomeUnknown}, and the caller must look before it concludes anything.
 * Calls that read have a deadline. Calls that change something wait for the engine as long as it
 * may still be at work, up to five minutes, and meanwhile look whether the change has happened. A
 * runtime that was handed out for a time throws {@link NotPermitted} when that time is over.
 */
public interface ContainerRuntime extends AutoCloseable {

    /** The name of the machine that it has containers on, as the engine tells it. */
    String node();

    /** Every container of this installation, also ended ones. */
    List<Container> list();

    /**
     * Makes and starts a container of an image that the engine has. A container of the same name
     * and instance is adopted. One of the same name and another instance is removed first, if it is
     * ours. A container that an earlier call is still making is waited for.
     *
     * @throws ImageMissing if the engine lacks the image and the pull policy permits to pull it
     */
    Container start(Launch launch);

    /**
     * Fetches the image of {@code launch}, or the newer one of that name. Callers that need the
     * same image at the same time share one pull. A pull may take as long as it makes progress; it
     * fails after two minutes without any.
     *
     * @param progress told a sentence for operators whenever there is something new, about once a
     *     second
     */
    void pull(Launch launch, Consumer<String> progress);

    /**
     * Sends SIGTERM, waits {@code grace}, kills, removes. Succeeds if the container is already
     * gone. A paused container is unpaused first.
     */
    void stop(String containerId, Duration grace);

    /** Removes at once, by force. Succeeds if the container is already gone. */
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

    /** The engine reported an error. Credentials and so on stay out of messages. */
    class EngineException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public EngineException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * The engine did not answer, or the connection broke before its answer. Whether the request
     * took effect is unknown, and says nothing about the container that it was for.
     */
    final class OutcomeUnknown extends EngineException {
        private static final long serialVersionUID = 1L;

        public OutcomeUnknown(String message) {
            super(message, null);
        }
    }

    /** The engine does not have the image; {@link #pull} fetches it. Nothing was made. */
    final class ImageMissing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public ImageMissing(String image) {
            super("image '%s' is not on this engine".formatted(image), null, false, false);
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
