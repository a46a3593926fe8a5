package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.autoserve.runtime.ContainerRuntime.DiskFull;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.ImageMissing;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import io.autoserve.runtime.ContainerRuntime.OutcomeUnknown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The only access to the Docker Engine. It bounds the wait for every answer and turns every refusal
 * into a sentence.
 *
 * <p>docker-java ignores its response timeout on a unix socket. Each call therefore runs on a
 * virtual thread of its own, which is interrupted when the deadline has passed. The interrupt
 * closes the socket, so no thread and no connection is left behind, however long the engine hangs.
 */
public final class Engine implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** A change that gets no answer for this long is considered stuck. */
    private static final Duration NO_PROGRESS = Duration.ofMinutes(5);

    private static final Duration FIRST_LOOK = Duration.ofSeconds(5);
    private static final Duration LONGEST_BETWEEN_LOOKS = Duration.ofSeconds(30);

    /**
     * Maximum number of connections, which is more than the leader uses at any time, including all
     * pulls and streams.
     */
    private static final int CONNECTIONS = 512;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI socket;
    private final AdaptiveDeadline deadline;
    private final Duration noProgress;
    private final DefaultDockerClientConfig config;
    private final DockerHttpClient http;
    private final DockerClient client;
    private final ExecutorService calls;

    /**
     * @param socket address of the engine, such as {@code unix:///var/run/docker.sock}
     */
    public Engine(URI socket) {
        this(socket, DEADLINE);
    }

    /**
     * @param deadline maximum wait for calls that an idle engine answers at once
     */
    public Engine(URI socket, Duration deadline) {
        this(socket, deadline, NO_PROGRESS);
    }

    /**
     * @param noProgress how much longer than expected a change may take
     */
    Engine(URI socket, Duration deadline, Duration noProgress) {
        this.socket = socket;
        this.noProgress = noProgress;
        this.deadline = new AdaptiveDeadline(deadline);
        config =
                DefaultDockerClientConfig.createDefaultConfigBuilder()
                        .withDockerHost(socket.toString())
                        .withDockerTlsVerify(false)
                        .build();
        http =
                new ApacheDockerHttpClient.Builder()
                        .dockerHost(socket)
                        .maxConnections(CONNECTIONS)
                        .build();
        client = DockerClientImpl.getInstance(config, http);
        calls = Executors.newVirtualThreadPerTaskExecutor();
    }

    private Engine(Engine engine, BooleanSupplier open) {
        socket = engine.socket;
        deadline = engine.deadline;
        noProgress = engine.noProgress;
        config = engine.config;
        http = new Gate(engine.http, open);
        client = DockerClientImpl.getInstance(config, http);
        calls = engine.calls;
    }

    /**
     * Returns the same engine with a check right before each request that changes something. If
     * {@code open} returns false, the request fails with {@link NotPermitted}.
     */
    public Engine whilst(BooleanSupplier open) {
        return new Engine(this, open);
    }

    /**
     * @param what the verb phrase that completes the message "Docker refused to …"
     */
    <T> T call(String what, Function<DockerClient, T> call) {
        return within(what, () -> call.apply(client));
    }

    /** Makes a call whose answer contains no data. */
    void tell(String what, Consumer<DockerClient> call) {
        within(
                what,
                () -> {
                    call.accept(client);
                    return true;
                });
    }

    <T> T within(String what, Callable<T> call) {
        var limit = deadline.now();
        try {
            var answer = within(what, limit, call);
            deadline.met(limit);
            return answer;
        } catch (OutcomeUnknown late) {
            deadline.missed(limit);
            throw late;
        }
    }

    /**
     * Makes a call with a fixed deadline. The call may use {@link #open} to read its answer itself,
     * since docker-java would read it on a thread that cannot be stopped.
     */
    <T> T within(String what, Duration deadline, Callable<T> call) {
        Future<T> answer = calls.submit(call);
        try {
            return answered(what, answer, deadline);
        } catch (TimeoutException _) {
            throw new OutcomeUnknown(notWithin(what, deadline));
        } finally {
            answer.cancel(true);
        }
    }

    /**
     * Sends the engine one request that changes something. A slow engine still carries out its
     * requests. Therefore, while the engine may still be working on the request, it is neither
     * abandoned nor repeated. The caller waits for the answer. After some seconds, the caller also
     * checks from time to time whether the change has happened.
     *
     * @param expected time that the change takes besides the engine's own work, such as the grace
     *     of a stop
     * @param seen returns the result if the change has happened, otherwise empty
     * @throws EngineException also if there is no result five minutes after the expected time
     */
    <T> T change(
            String what,
            Duration expected,
            Function<DockerClient, T> call,
            Supplier<Optional<T>> seen) {
        var longest = expected.plus(noProgress);
        var end = System.nanoTime() + longest.toNanos();
        Future<T> answer = calls.submit(() -> call.apply(client));
        try {
            for (var wait = expected.plus(FIRST_LOOK);
                    ;
                    wait = longer(wait, LONGEST_BETWEEN_LOOKS)) {
                try {
                    return answered(what, answer, wait);
                } catch (TimeoutException _) {
                    var found = look(seen);
                    if (found.isPresent()) {
                        return found.get();
                    }
                }
                if (System.nanoTime() - end >= 0) {
                    throw new EngineException(notWithin(what, longest), null);
                }
            }
        } finally {
            answer.cancel(true);
        }
    }

    /**
     * Waits for an answer that arrives in parts, as long as parts arrive.
     *
     * @param lastProgress returns when the last part arrived, by {@link System#nanoTime}
     * @throws EngineException if no part has arrived for {@code longestPause}
     */
    <T> T whileItProgresses(
            String what, Duration longestPause, LongSupplier lastProgress, Callable<T> call) {
        Future<T> answer = calls.submit(call);
        try {
            while (true) {
                var pause = Duration.ofNanos(System.nanoTime() - lastProgress.getAsLong());
                if (pause.compareTo(longestPause) >= 0) {
                    throw new EngineException(
                            "Docker made no progress for %s (%s); check its log (journalctl -u docker)"
                                    .formatted(seconds(longestPause), what),
                            null);
                }
                try {
                    return answered(what, answer, longestPause.minus(pause));
                } catch (TimeoutException _) {
                    // Another part may have arrived meanwhile.
                }
            }
        } finally {
            answer.cancel(true);
        }
    }

    /** Returns twice the pause, at most {@code longest}. */
    static Duration longer(Duration pause, Duration longest) {
        var twice = pause.multipliedBy(2);
        return twice.compareTo(longest) < 0 ? twice : longest;
    }

    private static <T> Optional<T> look(Supplier<Optional<T>> seen) {
        try {
            return seen.get();
        } catch (EngineException _) {
            return Optional.empty(); // the engine does not answer reads either
        }
    }

    private <T> T answered(String what, Future<T> answer, Duration wait) throws TimeoutException {
        try {
            return answer.get(wait.toNanos(), NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new OutcomeUnknown("interrupted while waiting for Docker to " + what);
        } catch (ExecutionException e) {
            throw inOurWords(what, requireNonNull(e.getCause()));
        }
    }

    private String notWithin(String what, Duration deadline) {
        return "Docker at %s did not %s within %s; check its log (journalctl -u docker)"
                .formatted(socket, what, seconds(deadline));
    }

    /**
     * Returns the response unread. The calling thread reads it, and interrupting that thread aborts
     * the response.
     */
    Response open(Request request) throws IOException {
        var response = http.execute(request);
        if (response.getStatusCode() < 400) {
            return response;
        }
        try (response) {
            var text = new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
            throw new DockerException(text, response.getStatusCode());
        }
    }

    private RuntimeException inOurWords(String what, Throwable failure) {
        return switch (failure) {
            case EngineException already -> already;
            case ImageMissing missing -> missing;
            case NotPermitted over -> over;
            case DockerException refusal ->
                    DiskFull.or(
                            "Docker refused to %s: %s"
                                    .formatted(what, StartErrors.plain(words(refusal))));
            case IOException _, UncheckedIOException _ -> unreachable(failure);
            case RuntimeException wrapped when wrapped.getCause() instanceof IOException ->
                    unreachable(wrapped.getCause());
            default -> new EngineException("could not " + what + ": " + failure, failure);
        };
    }

    private OutcomeUnknown unreachable(Throwable failure) {
        return new OutcomeUnknown(
                "Docker does not answer at %s (%s): start it (systemctl start docker) or set AUTOSERVE_DOCKER"
                        .formatted(socket, failure.getMessage()));
    }

    /**
     * Returns the engine's error message, which it extracts from a text such as {@code Status 404:
     * {"message":"…"}}.
     */
    static String words(DockerException refusal) {
        var text = String.valueOf(refusal.getMessage());
        var json = text.indexOf('{');
        try {
            return json < 0
                    ? text.strip()
                    : JSON.readTree(text.substring(json)).path("message").asText(text).strip();
        } catch (JsonProcessingException _) {
            return text.strip();
        }
    }

    static String seconds(Duration duration) {
        return duration.toMillis() / 1000.0 + " s";
    }

    @Override
    public void close() {
        calls.shutdownNow();
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
