package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.time.InstantSource;

/** Prints events, one or a group on each line: the time, type, subject, reason and actor. */
final class EventLines {
    private static final int WIDEST_TYPE = "RolloutRolledBack".length();

    private final Terminal terminal;
    private final EntryTime times;
    private int widestTime = "12:00:00".length();
    private int widestSubject = "web-10".length();

    EventLines(Terminal terminal, InstantSource clock) {
        this.terminal = terminal;
        this.times = new EntryTime(clock);
    }

    /** Prints several events, with columns that line up. */
    void printAll(JsonNode events) {
        events.forEach(event -> makeRoom(EventGroup.of(event)));
        events.forEach(this::print);
    }

    /** Prints several events. Those that differ only in their instances share a line. */
    void printGrouped(JsonNode events) {
        var groups = EventGroup.all(events);
        groups.forEach(this::makeRoom);
        groups.forEach(this::print);
    }

    void print(JsonNode event) {
        print(EventGroup.of(event));
    }

    private void print(EventGroup group) {
        makeRoom(group);
        var event = group.first();
        var type = event.path("type").asText("");
        var subject = group.subject();
        var time = times.of(event);
        terminal.line(
                "%s%s  %s%s  %s%s  %s%s%s"
                        .formatted(
                                " ".repeat(widestTime - time.length()),
                                terminal.paint(Paint.FAINT, time),
                                paint(type),
                                " ".repeat(Math.max(0, WIDEST_TYPE - type.length())),
                                subject,
                                " ".repeat(widestSubject - subject.length()),
                                group.reason(),
                                group.times(),
                                terminal.paint(Paint.FAINT, by(event))));
    }

    private void makeRoom(EventGroup group) {
        widestTime = Math.max(widestTime, times.of(group.first()).length());
        widestSubject = Math.max(widestSubject, group.subject().length());
    }

    /**
     * Returns text that names the event's actor. Returns an empty text if a leader wrote the event,
     * because a leader's actions follow from the state. Every other event has a person or a program
     * as its cause.
     */
    private static String by(JsonNode event) {
        return event.path("epoch").asLong() == 0 ? "  by " + event.path("actor").asText("?") : "";
    }

    private String paint(String type) {
        return switch (type) {
            case "InstanceFailed",
                    "HealthFailed",
                    "RoutesRejected",
                    "AnswerTooLong",
                    "InstanceStillRouted",
                    "StandbyLost",
                    "FrontDoorClosed",
                    "ProxyLost",
                    "RouteConflict",
                    "RolloutRolledBack" ->
                    terminal.paint(Paint.BAD, type);
            case "InstanceReady", "RolloutCompleted" -> terminal.paint(Paint.GOOD, type);
            default -> type.startsWith("App") ? terminal.paint(Paint.STRONG, type) : type;
        };
    }
}
