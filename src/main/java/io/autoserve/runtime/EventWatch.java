package io.autoserve.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the engine's events about the containers of this installation. Each connection asks for
 * the events since the last one seen. The engine keeps only 256 events, so some may be missing.
 * Therefore the listener is also called after each connect, so that it checks all containers.
 */
final class EventWatch implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(EventWatch.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader EVENTS = JSON.readerFor(JsonNode.class);
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Set<String> TOLD_TOO_SOON = Set.of("die", "pause");
    private static final long NANOS = 1_000_000_000L;

    private final Engine engine;
    private final String filters;
    private final Consumer<String> listener;
    private long lastEvent; // nanoseconds of the engine's clock; 0 until the first event
    private Duration pause = SHORTEST;

    private EventWatch(Engine engine, String installation, Consumer<String> listener) {
        this.engine = engine;
        this.filters = filters(installation);
        this.listener = listener;
    }

    /** Starts a watch that runs until the returned action is called. */
    static Runnable start(Engine engine, String installation, Consumer<String> listener) {
        var watch = new EventWatch(engine, installation, listener);
        var thread = Thread.ofVirtual().name("engine-events").start(watch);
        return thread::interrupt;
    }

    private static String filters(String installation) {
        var filters =
                Map.of(
                        "type", List.of("container"),
                        "event", List.of("start", "die", "pause", "unpause", "destroy"),
                        "label", List.of(Labels.INSTALLATION + "=" + installation));
        return URLEncoder.encode(JSON.valueToTree(filters).toString(), StandardCharsets.UTF_8);
    }

    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                follow();
            } catch (Exception e) {
                log.debug("Docker's events ended, next try in {}: {}", pause, e.toString());
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException _) {
                return;
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
        }
    }

    private void follow() throws IOException {
        try (var response = engine.open(request())) {
            pause = SHORTEST;
            tell("");
            // blocks until the first event
            var events = EVENTS.<JsonNode>readValues(response.getBody());
            while (events.hasNextValue()) {
                var event = events.nextValue();
                lastEvent = event.path("timeNano").asLong(lastEvent);
                if (TOLD_TOO_SOON.contains(event.path("Action").asText())) {
                    awaitEnd(event.at("/Actor/ID").asText());
                }
                tell(event.at("/Actor/Attributes/name").asText());
            }
        }
    }

    /**
     * Waits until the engine has finished handling the exit or the pause of a container. The engine
     * sends these events early and still lists the container as running. A listener that checked at
     * once would see no change and have no reason to check again. The engine answers an inspection
     * only when it has finished, so this method inspects the container.
     */
    private void awaitEnd(String container) {
        try {
            engine.call(
                    "inspect " + container, client -> client.inspectContainerCmd(container).exec());
        } catch (EngineException gone) {
            log.debug("could not inspect a container that exited: {}", gone.getMessage());
        }
    }

    /** Calls the listener. An exception in the listener must not end the stream. */
    private void tell(String container) {
        try {
            listener.accept(container);
        } catch (RuntimeException e) {
            log.error("could not act on an event of container '{}'", container, e);
        }
    }

    private Request request() {
        var next = lastEvent + 1;
        var since = lastEvent == 0 ? "" : "&since=%d.%09d".formatted(next / NANOS, next % NANOS);
        return Request.builder()
                .method(Request.Method.GET)
                .path("/events?filters=" + filters + since)
                .build();
    }
}
