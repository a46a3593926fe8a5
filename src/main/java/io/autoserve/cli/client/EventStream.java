package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Follows server-sent events. When the connection ends, it reconnects and continues after the last
 * event.
 */
public final class EventStream {
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Api api;
    private final String path;
    private final Terminal terminal;
    private @Nullable String lastId;
    private boolean connected;
    private boolean complained;
    private boolean enough;

    public EventStream(Api api, String path, Terminal terminal) {
        this.api = api;
        this.path = path;
        this.terminal = terminal;
    }

    public interface Listener {
        /** Called after each reconnect, but not after the first connect. */
        default void resumed() {}

        void received(String type, JsonNode data);

        /** Returns whether the listener needs no further events. */
        default boolean enough() {
            return false;
        }
    }

    /**
     * Passes events to the listener. Returns when the listener has enough, when nobody reads the
     * output any more, or when the thread is interrupted. Throws a {@link CommandFailure} for an
     * error that a retry cannot fix. If {@code after} is null and the first connection fails, also
     * throws the failure.
     */
    public void follow(@Nullable String after, Listener listener) {
        lastId = after;
        while (!enough && !Thread.currentThread().isInterrupted()) {
            try {
                read(listener);
            } catch (CommandFailure failure) {
                if (!failure.mayPass() || (!connected && lastId == null)) {
                    throw failure;
                }
                complain(failure);
            } catch (IOException _) {
                // A restarting controller ends its streams. The next try continues after lastId.
            }
            pause();
        }
    }

    private void read(Listener listener) throws IOException {
        try (var in = api.stream(path, lastId);
                var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            connect(listener);
            var fields = new HashMap<String, String>();
            for (var line = lines.readLine(); line != null && !enough; line = lines.readLine()) {
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

    /**
     * Handles one message. Called only after the empty line that ends the message has arrived,
     * because a connection can break in the middle of a message.
     */
    private void take(Map<String, String> fields, Listener listener) throws IOException {
        var data = fields.get("data");
        var type = fields.getOrDefault("event", "").strip();
        if (data != null && !type.equals("Resync")) {
            listener.received(type, JSON.readTree(data));
            // checkError() is true if the program that reads the output, such as head, has ended
            enough = listener.enough() || terminal.out().checkError();
        }
        var id = fields.get("id");
        if (id != null) {
            lastId = id.strip();
        }
    }

    private void connect(Listener listener) {
        if (connected) {
            listener.resumed();
        }
        connected = true;
        complained = false;
    }

    private void complain(CommandFailure failure) {
        if (!complained) {
            terminal.aside(terminal.paint(Paint.FAINT, failure.text() + "; trying again"));
            complained = true;
        }
    }

    private void pause() {
        if (enough) {
            return;
        }
        try {
            Thread.sleep(BETWEEN_TRIES);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
