package io.autoserve.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Measures what containers use: from the kernel's files if they are visible, otherwise from Docker.
 */
final class Usages {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Maximum number of requests in flight. The engine answers each request after a second, and
     * more requests at once would only slow down its other work.
     */
    private static final int AT_ONCE = 16;

    private static final Duration DEADLINE = Duration.ofSeconds(5);

    private final Engine engine;
    private final Cgroups cgroups;

    Usages(Engine engine, Cgroups cgroups) {
        this.engine = engine;
        this.cgroups = cgroups;
    }

    Map<String, Usage> of(Collection<String> containers) {
        var known = new HashMap<String, Usage>();
        var asked = new HashMap<String, Future<Optional<Usage>>>();
        var hands = new Semaphore(AT_ONCE);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var container : containers) {
                cgroups.usage(container)
                        .ifPresentOrElse(
                                usage -> known.put(container, usage),
                                () ->
                                        asked.put(
                                                container,
                                                threads.submit(() -> ask(container, hands))));
            }
        }
        asked.forEach(
                (container, answer) -> answered(answer).ifPresent(u -> known.put(container, u)));
        return Map.copyOf(known);
    }

    private Optional<Usage> ask(String container, Semaphore hands) {
        var path = "/containers/%s/stats?stream=false&one-shot=true".formatted(container);
        var request = Request.builder().method(Request.Method.GET).path(path).build();
        hands.acquireUninterruptibly();
        try {
            return engine.within(
                    "report the usage of %s".formatted(container), DEADLINE, () -> read(request));
        } catch (EngineException gone) {
            return Optional.empty();
        } finally {
            hands.release();
        }
    }

    private Optional<Usage> read(Request request) throws IOException {
        try (var response = engine.open(request)) {
            return usage(JSON.readTree(response.getBody()));
        }
    }

    /** Returns empty for a container that has ended, since the engine has no figures for it. */
    private static Optional<Usage> usage(JsonNode stats) {
        var memory = stats.path("memory_stats");
        if (!memory.has("usage")) {
            return Optional.empty();
        }
        var inactive = memory.path("stats").path("inactive_file");
        var totalInactive = memory.path("stats").path("total_inactive_file"); // cgroups version 1
        return Optional.of(
                new Usage(
                        Duration.ofNanos(
                                stats.path("cpu_stats")
                                        .path("cpu_usage")
                                        .path("total_usage")
                                        .asLong()),
                        Cgroups.workingSet(
                                memory.path("usage").asLong(),
                                totalInactive.asLong(inactive.asLong())),
                        memory.path("limit").asLong()));
    }

    private static Optional<Usage> answered(Future<Optional<Usage>> answer) {
        try {
            return answer.get();
        } catch (ExecutionException failed) {
            return Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
