package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** Events, each on one line: when, what, about whom, why. */
final class EventLines {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final int WIDEST_TYPE = "InstanceNotReady".length();

    private final Terminal terminal;
    private int widestSubject = "web-10".length();

    EventLines(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Together, so that their columns line up. */
    void printAll(JsonNode events) {
        events.forEach(this::makeRoom);
        events.forEach(this::print);
    }

    void print(JsonNode event) {
        makeRoom(event);
        var type = event.path("type").asText("");
        var subject = subject(event);
        terminal.line(
                "%s  %s%s  %s%s  %s"
                        .formatted(
                                terminal.paint(Paint.FAINT, time(event.path("at").asText(""))),
                                paint(type),
                                " ".repeat(Math.max(0, WIDEST_TYPE - type.length())),
                                subject,
                                " ".repeat(widestSubject - subject.length()),
                                reason(event, subject)));
    }

    private void makeRoom(JsonNode event) {
        widestSubject = Math.max(widestSubject, subject(event).length());
    }

    /** A reason often begins with the subject, which stands beside it here. */
    private static String reason(JsonNode event, String subject) {
        var reason = event.path("reason").asText("");
        return reason.startsWith(subject + ": ") ? reason.substring(subject.length() + 2) : reason;
    }

    private static String subject(JsonNode event) {
        var instance = event.path("instance").asText("");
        return instance.isEmpty() ? event.path("app").asText("-") : instance;
    }

    private static String time(String at) {
        try {
            return TIME.format(Instant.parse(at).atZone(ZoneId.systemDefault()));
        } catch (DateTimeException _) {
            return at;
        }
    }

    private String paint(String type) {
        return switch (type) {
            case "InstanceFailed",
                    "InstanceNotReady",
                    "ProxyRejected",
                    "RouteConflict",
                    "RolledBack" ->
                    terminal.paint(Paint.BAD, type);
            case "InstanceReady", "RolloutCompleted" -> terminal.paint(Paint.GOOD, type);
            default -> type.startsWith("App") ? terminal.paint(Paint.STRONG, type) : type;
        };
    }
}
