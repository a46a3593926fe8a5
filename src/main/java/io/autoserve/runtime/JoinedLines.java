package io.autoserve.runtime;

import io.autoserve.model.LogLine;
import io.autoserve.runtime.Logs.Lines;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Joins the parts of long lines. The engine stores a line of more than 16 KiB in parts, each with
 * its time, and only the last part ends with a line break. The parts of stdout and stderr may
 * alternate. A line without an end is passed on once it is 256 KiB long. A line has the time of its
 * last part, so that a reader who continues after this time gets no part of it again.
 */
final class JoinedLines implements Frames {
    private static final int LONGEST = 256 << 10;

    private final Lines lines;

    /** The beginnings of lines, by whether they are from stderr. */
    private final Map<Boolean, Beginning> open = new LinkedHashMap<>();

    /**
     * @param at time of the last part so far
     */
    private record Beginning(Instant at, ByteArrayOutputStream bytes) {}

    JoinedLines(Lines lines) {
        this.lines = lines;
    }

    @Override
    public void frame(boolean error, byte[] bytes) throws InterruptedException {
        var time = 0;
        while (time < bytes.length && bytes[time] != ' ' && bytes[time] != '\n') {
            time++;
        }
        var at = Instant.parse(new String(bytes, 0, time, StandardCharsets.UTF_8));
        var before = open.get(error);
        var line = before == null ? new ByteArrayOutputStream(bytes.length) : before.bytes();
        var text = Math.min(time + 1, bytes.length);
        line.write(bytes, text, bytes.length - text);
        open.put(error, new Beginning(at, line));
        if (bytes[bytes.length - 1] == '\n' || line.size() >= LONGEST) {
            pass(error);
        }
    }

    /** Passes on the lines that have no end, because the log ends. */
    void end() throws InterruptedException {
        for (var error : List.copyOf(open.keySet())) {
            pass(error);
        }
    }

    private void pass(boolean error) throws InterruptedException {
        var line = open.remove(error);
        if (line != null) {
            var text = line.bytes().toString(StandardCharsets.UTF_8).stripTrailing();
            lines.line(new LogLine(line.at(), error, text));
        }
    }
}
