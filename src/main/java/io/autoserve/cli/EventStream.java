package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Follows server-sent events, and goes on behind the last one when the connection ends. */
final class EventStream {
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Api api;
    private final String path;
    private final Terminal terminal;
    private @Nullable String lastId;
    private boolean complained;

    EventStream(Api api, String path, Terminal terminal) {
        this.api = api;
        this.path = path;
        this.terminal = terminal;
    }

    /** Ends only with the process, or with a {@link Failure} that trying again cannot mend. */
    void follow(@Nullable String after, Consumer<JsonNode> listener) {
        lastId = after;
        while (!Thread.currentThread().isInterrupted()) {
            try {
                read(listener);
            } catch (Failure failure) {
                if (failure.exit() != Exit.UNREACHABLE) {
                    throw failure;
                }
                complain(failure);
            } catch (IOException _) {
                // a controller that restarts ends its streams: the next try goes on behind lastId
            }
            pause();
        }
    }

    private void read(Consumer<JsonNode> listener) throws IOException {
        try (var in = api.stream(path, lastId);
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            complained = false;
            var fields = new HashMap<String, String>();
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    take(fields, listener);
                    fields.clear();
                } else {
                    var colon = line.indexOf(':');
                    fields.put(line.substring(0, Math.max(colon, 0)), line.substring(colon + 1));
                }
            }
        }
    }

    /** Only with the empty line behind it is a message whole: a stream may be cut off anywhere. */
    private void take(Map<String, String> fields, Consumer<JsonNode> listener) throws IOException {
        var data = fields.get("data");
        if (data != null && !fields.getOrDefault("event", "").strip().equals("Resync")) {
            listener.accept(JSON.readTree(data));
        }
        var id = fields.get("id");
        if (id != null) {
            lastId = id.strip();
        }
    }

    private void complain(Failure failure) {
        if (!complained) {
            terminal.err().println(terminal.paint(Paint.FAINT, failure.text() + "; trying again"));
            complained = true;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_TRIES);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
