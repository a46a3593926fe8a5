package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.EventStream;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Prints each line once. After a reconnect, the controller repeats the lines of the last seconds,
 * because lines of different instances do not arrive in the order of their times. Lines of the same
 * instance and stream (stdout or stderr) do arrive in order. So after a reconnect, a line is
 * skipped unless it is newer than the last line of the same instance and stream.
 */
final class FollowedLogs implements EventStream.Listener {
    private final LogLines lines;
    private final BiConsumer<LogLines, JsonNode> print;
    private final Map<String, Instant> latest = new HashMap<>(); // by instance and stream
    private Map<String, Instant> known = Map.of(); // copy of latest at the last reconnect
    private boolean gone;

    FollowedLogs(LogLines lines, BiConsumer<LogLines, JsonNode> print) {
        this.lines = lines;
        this.print = print;
    }

    @Override
    public void resumed() {
        known = Map.copyOf(latest);
    }

    @Override
    public void received(String type, JsonNode data) {
        var instance = data.path("instance").asText("");
        switch (type) {
            case "Line" -> line(instance, data);
            case "Joined" -> lines.note("+", instance);
            case "Left" -> lines.note("-", instance);
            case "Gone" -> {
                lines.note("-", "the app was deleted");
                gone = true;
            }
            default -> {} // a newer controller may send other types
        }
    }

    private void line(String instance, JsonNode line) {
        var source = instance + " " + line.path("stream").asText("");
        var at = Instant.parse(line.path("at").asText());
        var before = known.get(source);
        if (before == null || at.isAfter(before)) {
            latest.merge(source, at, (one, other) -> one.isAfter(other) ? one : other);
            print.accept(lines, line);
        }
    }

    @Override
    public boolean enough() {
        return gone;
    }
}
