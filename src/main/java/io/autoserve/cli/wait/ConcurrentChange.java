package io.autoserve.cli.wait;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * Why an app is no longer at the revision that a command waits for, according to its events.
 *
 * @param word one or two words for the change, such as {@code rolled back}
 * @param reason a sentence that names the revision
 */
record ConcurrentChange(String word, String reason) {
    private static final int EVENTS = 200; // enough to include the start of the next revision

    static ConcurrentChange of(Api api, AppView asked) {
        return next(api, asked)
                .map(event -> of(event, asked))
                .orElseGet(() ->
                        new ConcurrentChange(
                                "replaced",
                                "revision %d is no longer the current one"
                                        .formatted(asked.revision())));
    }

    private static ConcurrentChange of(JsonNode event, AppView asked) {
        return event.path("type").asText().equals("RolloutRolledBack")
                ? new ConcurrentChange(
                        "rolled back",
                        "revision %d was rolled back: %s"
                                .formatted(asked.revision(), event.path("reason").asText()))
                : new ConcurrentChange(
                        "replaced",
                        "revision %d was replaced by revision %d of %s"
                                .formatted(
                                        asked.revision(),
                                        event.path("revision").asInt(),
                                        event.path("actor").asText()));
    }

    private static Optional<JsonNode> next(Api api, AppView asked) {
        var events =
                api.get("/api/v1/events?app=%s&limit=%d".formatted(asked.name(), EVENTS))
                        .path("events");
        return StreamSupport.stream(events.spliterator(), false)
                .filter(event -> event.path("revision").asInt() == asked.revision() + 1)
                .findFirst();
    }
}
