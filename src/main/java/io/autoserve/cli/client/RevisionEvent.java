package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.stream.StreamSupport;

/**
 * The event that made a revision of an app.
 *
 * @param at the time of the event in ISO 8601
 */
public record RevisionEvent(String type, String actor, String reason, String at) {
    private static final int EVENTS = 200; // enough to include the start of the latest revision

    /** Returns the event, or empty if it is not among the latest events of the app. */
    public static Optional<RevisionEvent> of(Api api, String app, int revision) {
        var events =
                api.get("/api/v1/events?app=%s&limit=%d".formatted(app, EVENTS)).path("events");
        return StreamSupport.stream(events.spliterator(), false)
                .filter(event -> event.path("revision").asInt() == revision)
                .findFirst()
                .map(RevisionEvent::of);
    }

    /** Returns whether the revision was made by an automatic rollback of the one before it. */
    public boolean rolledBack() {
        return type.equals("RolloutRolledBack");
    }

    private static RevisionEvent of(JsonNode event) {
        return new RevisionEvent(
                event.path("type").asText(),
                event.path("actor").asText(),
                event.path("reason").asText(),
                event.path("at").asText());
    }
}
