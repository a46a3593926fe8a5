package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * Events that differ only in their instances and times, such as those of ten instances that start.
 *
 * @param first the earliest of the events
 * @param instances the instances in the order of their events, each once; empty for an event that
 *     is about no instance
 * @param events the number of events
 */
record EventGroup(JsonNode first, List<String> instances, int events) {
    /** How soon an event must follow the one before it to belong to the same group. */
    private static final Duration TOGETHER = Duration.ofMinutes(1);

    private static final int NAMED = 3;

    /** Returns a group of one event. */
    static EventGroup of(JsonNode event) {
        var instance = event.path("instance").asText("");
        return new EventGroup(event, instance.isEmpty() ? List.of() : List.of(instance), 1);
    }

    /** Groups the events. A group has the place of its first event. */
    static List<EventGroup> all(JsonNode events) {
        var groups = new ArrayList<EventGroup>();
        var latest = new HashMap<EventKind, Latest>();
        for (var event : events) {
            var kind = EventKind.of(event);
            var at = time(event);
            var before = Optional.ofNullable(latest.get(kind));
            if (kind.ofInstance()
                    && at.isPresent()
                    && before.filter(it -> it.isBefore(at.get())).isPresent()) {
                var place = before.get().place();
                groups.set(place, groups.get(place).with(event));
                latest.put(kind, new Latest(place, at.get()));
            } else {
                groups.add(of(event));
                at.ifPresent(it -> latest.put(kind, new Latest(groups.size() - 1, it)));
            }
        }
        return groups;
    }

    /** What the events of a group have in common. */
    private record EventKind(
            String app, String type, String actor, String reason, boolean ofInstance) {
        static EventKind of(JsonNode event) {
            return new EventKind(
                    event.path("app").asText(""),
                    event.path("type").asText(""),
                    event.path("actor").asText(""),
                    EventGroup.of(event).reason(),
                    event.path("instance").isTextual());
        }
    }

    /**
     * The latest event of a kind.
     *
     * @param place the index of its group
     */
    private record Latest(int place, Instant at) {
        boolean isBefore(Instant next) {
            return !next.isAfter(at.plus(TOGETHER));
        }
    }

    private EventGroup with(JsonNode event) {
        var all = new ArrayList<>(instances);
        var instance = event.path("instance").asText();
        if (!all.contains(instance)) {
            all.add(instance);
        }
        return new EventGroup(first, List.copyOf(all), events + 1);
    }

    private static Optional<Instant> time(JsonNode event) {
        try {
            return Optional.of(Instant.parse(event.path("at").asText("")));
        } catch (DateTimeException _) {
            return Optional.empty();
        }
    }

    /** Returns the instances, or the app if the event is about no instance. */
    String subject() {
        if (instances.isEmpty()) {
            return first.path("app").asText("-");
        }
        var named = String.join(", ", instances.subList(0, Math.min(NAMED, instances.size())));
        return instances.size() <= NAMED
                ? named
                : "%s and %d more".formatted(named, instances.size() - NAMED);
    }

    /**
     * Returns the reason without the name of the app or instance. Many reasons begin with the name,
     * which the line already shows.
     */
    String reason() {
        var reason = first.path("reason").asText("");
        var name = instances.isEmpty() ? first.path("app").asText("-") : instances.getFirst();
        return reason.startsWith(name + ": ") ? reason.substring(name.length() + 2) : reason;
    }

    /** Returns how often it happened, or an empty text if it happened once to each instance. */
    String times() {
        return events > Math.max(1, instances.size()) ? " (%d times)".formatted(events) : "";
    }
}
