package io.autoserve.runtime;

import io.autoserve.model.ExecCommand;
import io.autoserve.model.LogReader;
import io.autoserve.model.Session;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Opens streams to and from single containers: live logs, commands and ports. Each stream holds a
 * thread and a connection until it ends, so their number is limited. They use a client of their
 * own, so that the leader's work never waits for them.
 *
 * <p>All methods throw {@link EngineException}.
 */
public final class ContainerStreams implements AutoCloseable {
    private static final int MOST = 200;
    private static final Duration DIAL = Duration.ofSeconds(3);

    private final URI socket;
    private final Engine engine;
    private final Semaphore free = new Semaphore(MOST);

    /**
     * @param socket address of the engine, such as {@code unix:///var/run/docker.sock}
     */
    public ContainerStreams(URI socket) {
        this.socket = socket;
        this.engine = new Engine(socket);
    }

    /**
     * Streams what a container writes from {@code since} on.
     *
     * @param since time of the oldest line to stream; null to begin with the container's first line
     * @return an action that stops the stream
     */
    public Runnable follow(String containerId, @Nullable Instant since, LogReader reader) {
        var release = take();
        var thread =
                Thread.ofVirtual()
                        .name("logs-" + containerId)
                        .start(() -> {
                            try {
                                new Logs(engine).follow(containerId, since, reader::line);
                            } catch (IOException | RuntimeException gone) {
                                // The reader checks again and finds out whether the container still
                                // exists.
                            } catch (InterruptedException ended) {
                                return; // the reader stopped the stream
                            } finally {
                                release.run();
                            }
                            reader.ended();
                        });
        return thread::interrupt;
    }

    /** Starts a command in a container. Returns once it has started. */
    public Session run(String containerId, ExecCommand command, Session.Output output) {
        var release = take();
        try {
            return AttachedCommand.start(engine, socket, containerId, command, output, release);
        } catch (RuntimeException refused) {
            release.run();
            throw refused;
        }
    }

    /** Connects to a port. Returns once it is connected. */
    public Session dial(String address, int port, Session.Output output) {
        var release = take();
        try {
            var connection =
                    engine.within("reach " + address, () -> Connection.dial(address, port, DIAL));
            return new Attached(connection, Attached::copy, () -> 0, Attached.NO_TERMINAL, output)
                    .start("port-" + port, release);
        } catch (RuntimeException refused) {
            release.run();
            throw refused;
        }
    }

    /** Returns how many more streams this controller can open now. */
    public int free() {
        return free.availablePermits();
    }

    private Runnable take() {
        if (!free.tryAcquire()) {
            throw new EngineException(
                    "this controller already has the maximum of %d streams of logs, commands and ports: close some, or use another controller"
                            .formatted(MOST),
                    null);
        }
        var released = new AtomicBoolean();
        return () -> {
            if (released.compareAndSet(false, true)) {
                free.release();
            }
        };
    }

    @Override
    public void close() {
        engine.close();
    }
}
