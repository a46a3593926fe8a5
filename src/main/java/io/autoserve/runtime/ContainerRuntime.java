package io.autoserve.runtime;

import io.autoserve.model.Container;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.LogLine;
import io.autoserve.model.NodeSize;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Starts, stops and observes the containers of one installation, which it recognizes by a label.
 * Every call blocks its (virtual) thread and may be repeated. A call whose work is already done
 * succeeds.
 *
 * <p>All methods throw {@link EngineException} with the engine's message if the engine refuses.
 * They throw {@link OutcomeUnknown} if no answer arrives. The caller must then check the container
 * before it concludes anything. Calls that read have a deadline. Calls that start, stop or remove a
 * container wait as long as the engine may still be working on the change, up to five minutes.
 * Meanwhile they check whether the change has happened. A runtime that was handed out for a limited
 * time throws {@link NotPermitted} when that time is over.
 */
public interface ContainerRuntime extends AutoCloseable {

    /** Returns the name of the machine that runs the containers, as the engine reports it. */
    String node();

    /** Returns what that machine has, as the engine reports it. */
    default NodeSize nodeSize() {
        return NodeSize.UNKNOWN;
    }

    /**
     * Returns every container of an instance or a task of this installation, including ended ones.
     */
    List<Container> list();

    /**
     * Returns whether the engine has the container. It asks for this container alone, because a
     * container that is missing in one {@link #list} may still exist.
     */
    boolean exists(String containerId);

    /**
     * Creates and starts a container from an image that the engine has. A container that already
     * exists with the same name and instance is adopted. A container with the same name but of
     * another instance of this installation is removed first. If an earlier call is still creating
     * the container, this call waits for it.
     *
     * @throws ImageMissing if the engine lacks the image
     * @throws DiskFull if the engine's disk has no room for the container
     * @throws NoRoom if no machine that may have the container has room for what it reserves
     */
    Container start(Launch launch);

    /**
     * Creates a container without starting it, or returns the container that already exists with
     * the same name and id. A program that must not run twice is started by {@link #begin} after
     * the container's id was recorded.
     *
     * @throws ImageMissing if the engine lacks the image
     * @throws DiskFull if the engine has no room for the container
     */
    Container create(Launch launch);

    /**
     * Starts a container that was created and never started. The container stays if the engine
     * refuses to start it.
     *
     * @return false if another container has the container's address, so that it was not started
     */
    boolean begin(String containerId);

    /**
     * Returns the image that the engine has under this name, by a name that never refers to another
     * image; see {@link Image#pinned}. Returns empty if the engine has no image of this name.
     */
    Optional<Image> image(String name);

    /**
     * Asks the registry which image has this name, and so proves that these credentials may pull
     * it. Returns the repository with the digest. Does not change the engine. Takes up to ten
     * seconds.
     *
     * @param registryAuth Docker's JSON credentials for the registry, or null
     * @throws EngineException also if the registry refuses or does not answer
     */
    String offered(String name, @Nullable String registryAuth);

    /**
     * Pulls the image of {@code launch}, or a newer image of that name. Callers that need the same
     * image at the same time share one pull. A pull may take any time as long as it makes progress,
     * and fails after two minutes without progress.
     *
     * @param progress receives a sentence for operators whenever there is news, at most about once
     *     a second
     */
    void pull(Launch launch, Consumer<String> progress);

    /**
     * Sends SIGTERM, waits for {@code grace}, sends SIGKILL and removes the container. Succeeds if
     * the container is already gone. A paused container is unpaused, so that it can end.
     */
    void stop(String containerId, Duration grace);

    /** Ends the container like {@link #stop}, but does not remove it. */
    void halt(String containerId, Duration grace);

    /** Removes the container at once, by force. Succeeds if it is already gone. */
    void remove(String containerId);

    /**
     * Removes an image. If the image has other names too, removes only this name. Returns false if
     * a container uses the image, or if the image has lost this name and still has others.
     */
    boolean forget(Image image);

    /** Returns how a container ended, with the last lines it wrote. */
    Ending ending(String containerId);

    /**
     * @param accepted called when the engine has accepted the command, before its output is read
     */
    Execution execute(
            String containerId, List<String> command, Duration timeout, Runnable accepted);

    default Execution execute(String containerId, List<String> command, Duration timeout) {
        return execute(containerId, command, timeout, () -> {});
    }

    /**
     * Returns the lines that a container wrote, oldest first.
     *
     * @param tail maximum number of lines, the newest ones; 1 to 10,000
     * @param since time of the oldest line to return; null for all times
     */
    List<LogLine> logs(String containerId, int tail, @Nullable Instant since);

    /**
     * Returns what containers have used so far, by container id. Containers that have ended are
     * left out. Takes about a millisecond for 50 containers if the kernel's files are visible, and
     * some seconds otherwise.
     */
    Map<String, Usage> usage(Collection<String> containerIds);

    /**
     * Calls {@code listener} with a container's name soon after a container of this installation
     * started, exited, was paused, unpaused or removed. Also calls it with an empty name after each
     * (re)connect, since events may have been missed. Reconnects automatically. The returned action
     * ends the watch.
     */
    Runnable watch(Consumer<String> listener);

    @Override
    void close();

    /** The engine reported an error. Messages contain no credentials. */
    class EngineException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public EngineException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * The engine did not answer, or the connection broke before its answer. It is unknown whether
     * the request took effect, and this error says nothing about the container itself.
     */
    final class OutcomeUnknown extends EngineException {
        private static final long serialVersionUID = 1L;

        public OutcomeUnknown(String message) {
            super(message, null);
        }
    }

    /**
     * The engine could not carry out the request because its disk is full. This error says nothing
     * about the container or the image, and the request succeeds once there is room.
     */
    final class DiskFull extends EngineException {
        private static final long serialVersionUID = 1L;

        /** The kernel's ENOSPC, as Docker's errors contain it. */
        private static final Pattern NO_SPACE = Pattern.compile("[:(] ?no space left on device");

        /** What a spec names, such as a command, which Docker repeats in quotes. */
        private static final Pattern QUOTED = Pattern.compile("\"(?:[^\"\\\\]++|\\\\.)*+\"");

        private DiskFull(String refusal) {
            super(
                    "Docker's disk is full: free space on it ('docker system df' shows what uses it). "
                            + refusal,
                    null);
        }

        /**
         * Returns the engine's refusal as an error: a {@link DiskFull} if a full disk caused it.
         */
        public static EngineException or(String refusal) {
            return NO_SPACE.matcher(QUOTED.matcher(refusal).replaceAll("")).find()
                    ? new DiskFull(refusal)
                    : new EngineException(refusal, null);
        }
    }

    /**
     * No machine that may have the container has room for what it reserves. Nothing was created,
     * and another machine may accept the same start.
     */
    final class NoRoom extends EngineException {
        private static final long serialVersionUID = 1L;

        /**
         * @param refusal the engine's own words
         */
        public NoRoom(String refusal) {
            super("no machine has room for the instance: " + refusal, null);
        }
    }

    /** The engine does not have the image, and nothing was created. {@link #pull} fetches it. */
    final class ImageMissing extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public ImageMissing(String image) {
            super("image '%s' does not exist on this machine".formatted(image), null, false, false);
        }
    }

    /**
     * The caller is no longer permitted to change anything. The rest of the call was not carried
     * out.
     */
    final class NotPermitted extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public NotPermitted(String request) {
            super("no longer permitted: " + request, null, false, false);
        }
    }

    /**
     * @param exitCode null if the container still runs
     * @param output the newest lines that it wrote, oldest first, at most 500
     */
    record Ending(@Nullable Integer exitCode, boolean outOfMemory, List<LogLine> output) {}

    record Execution(int exitCode, String output) {}

    /**
     * @param cpu processor time since the container started
     * @param memoryBytes working set
     * @param memoryLimitBytes the machine's memory if the container has no limit
     */
    record Usage(Duration cpu, long memoryBytes, long memoryLimitBytes) {}
}
