package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The one way to the Docker Engine: gives every call a deadline and puts every refusal into a
 * sentence.
 *
 * <p>docker-java ignores its response timeout on a unix socket. So each call runs on a virtual
 * thread of its own, which is interrupted when the deadline has passed; that closes its socket, and
 * neither a thread nor a connection stays behind however long the engine hangs.
 */
public final class Engine implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 256;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI socket;
    private final Duration deadline;
    private final DefaultDockerClientConfig config;
    private final DockerHttpClient http;
    private final DockerClient client;
    private final ExecutorService calls;

    /**
     * @param socket such as {@code unix:///var/run/docker.sock}
     */
    public Engine(URI socket) {
        this(socket, DEADLINE);
    }

    /**
     * @param deadline for calls that should be answered at once
     */
    public Engine(URI socket, Duration deadline) {
        this.socket = socket;
        this.deadline = deadline;
        config =
                DefaultDockerClientConfig.createDefaultConfigBuilder()
                        .withDockerHost(socket.toString())
                        .withDockerTlsVerify(false)
                        .build();
        http =
                new ZerodepDockerHttpClient.Builder()
                        .dockerHost(socket)
                        .maxConnections(CONNECTIONS)
                        .build();
        client = DockerClientImpl.getInstance(config, http);
        calls = Executors.newVirtualThreadPerTaskExecutor();
    }

    private Engine(Engine engine, BooleanSupplier open) {
        socket = engine.socket;
        deadline = engine.deadline;
        config = engine.config;
        http = new Gate(engine.http, open);
        client = DockerClientImpl.getInstance(config, http);
        calls = engine.calls;
    }

    /**
     * The same one, asking right before each request that changes something whether it still may.
     */
    public Engine whilst(BooleanSupplier open) {
        return new Engine(this, open);
    }

    /**
     * @param what completes "the engine refused to …"
     */
    <T> T call(String what, Function<DockerClient, T> call) {
        return within(what, () -> call.apply(client));
    }

    /** For calls that have no answer. */
    void tell(String what, Consumer<DockerClient> call) {
        tell(what, deadline, call);
    }

    void tell(String what, Duration deadline, Consumer<DockerClient> call) {
        within(
                what,
                deadline,
                () -> {
                    call.accept(client);
                    return true;
                });
    }

    <T> T within(String what, Callable<T> call) {
        return within(what, deadline, call);
    }

    /**
     * For answers that docker-java would read on a thread that nobody can end: see {@link #open}.
     */
    <T> T within(String what, Duration deadline, Callable<T> call) {
        Future<T> answer = calls.submit(call);
        try {
            return answer.get(deadline.toNanos(), NANOSECONDS);
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new EngineException(
                    "the engine at %s did not %s within %s; look at its log (journalctl -u docker)"
                            .formatted(socket, what, seconds(deadline)),
                    null);
        } catch (InterruptedException _) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new EngineException("interrupted while the engine was to " + what, null);
        } catch (ExecutionException e) {
            throw inOurWords(what, requireNonNull(e.getCause()));
        }
    }

    /** A raw answer, to be read by the calling thread; interrupting that ends it. */
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
            case NotPermitted over -> over;
            case DockerException refusal ->
                    new EngineException(
                            "the engine refused to %s: %s".formatted(what, words(refusal)), null);
            case IOException _, UncheckedIOException _ -> unreachable(failure);
            case RuntimeException wrapped when wrapped.getCause() instanceof IOException ->
                    unreachable(wrapped.getCause());
            default -> new EngineException("could not " + what + ": " + failure, failure);
        };
    }

    private EngineException unreachable(Throwable failure) {
        return new EngineException(
                "no engine answers at %s (%s): start it (systemctl start docker) or set AUTOSERVE_DOCKER"
                        .formatted(socket, failure.getMessage()),
                null);
    }

    /** The engine's own sentence, out of {@code Status 404: {"message":"…"}}. */
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
