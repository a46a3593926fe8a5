package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.time.InstantSource;

/**
 * Prints each request on one line: its time, status, duration, method and path, the instance, the
 * client and the reason.
 */
final class RequestLines {
    private final Terminal terminal;
    private final EntryTime times;

    RequestLines(Terminal terminal, InstantSource clock) {
        this.terminal = terminal;
        this.times = new EntryTime(clock);
    }

    void print(JsonNode request) {
        var status = request.path("status").asInt();
        var reason = request.path("reason").asText("");
        terminal.line(
                "%s  %s  %6s  %-6s %s  %s  %s%s"
                        .formatted(
                                terminal.paint(Paint.FAINT, times.of(request)),
                                paint(status),
                                duration(request.path("seconds").asDouble()),
                                request.path("method").asText(),
                                request.path("host").asText() + request.path("path").asText(),
                                request.path("instance").asText("-"),
                                request.path("client").asText(),
                                reason.isEmpty() ? "" : "  " + reason));
    }

    private String paint(int status) {
        var text = String.valueOf(status);
        return switch (status / 100) {
            case 5 -> terminal.paint(Paint.BAD, text);
            case 4 -> terminal.paint(Paint.BUSY, text);
            default -> text;
        };
    }

    private static String duration(double seconds) {
        return seconds < 10 ? Math.round(seconds * 1000) + "ms" : Math.round(seconds) + "s";
    }
}
