package io.autoserve.cli.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.terminal.Tty;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A WebSocket to a controller, which carries bytes in both directions. */
public final class ApiWebSocket implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Maximum number of received bytes that wait for the reader (1 MiB). While so many bytes wait,
     * the socket requests no further messages and reads no pings.
     */
    private static final int BOUND = 1 << 20;

    private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final WebSocket socket;

    /** A message from the controller. The last message is Ended or Broken. */
    public sealed interface Message {
        record Bytes(boolean error, ByteBuffer bytes) implements Message {}

        record Ended(int exitCode) implements Message {}

        record Broken(String reason) implements Message {}
    }

    private ApiWebSocket(URI address, Map<String, String> headers, Trust trust) {
        var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(3));
        trust.check(client);
        var builder = client.build().newWebSocketBuilder();
        headers.forEach(builder::header);
        socket = builder.buildAsync(address, new Receiver()).join();
    }

    /**
     * Opens a WebSocket. Returns empty if the controller refused it. A plain GET of the same path
     * then returns the reason.
     *
     * @throws CompletionException if no controller answers
     */
    static Optional<ApiWebSocket> open(URI address, Map<String, String> headers, Trust trust) {
        try {
            return Optional.of(new ApiWebSocket(address, headers, trust));
        } catch (CompletionException refused) {
            if (refused.getCause() instanceof WebSocketHandshakeException) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /** Waits for the next message. */
    public Message next() throws InterruptedException {
        var message = received.take();
        if (message instanceof Message.Bytes(_, var bytes)
                && waiting.addAndGet(-bytes.remaining()) < BOUND) {
            socket.request(1);
        }
        return message;
    }

    /** Sends bytes, and waits until they are written. */
    public synchronized void send(byte[] bytes, int count) {
        try {
            socket.sendBinary(ByteBuffer.wrap(bytes, 0, count), true).join();
        } catch (CompletionException gone) {
            // the reader gets a Broken message
        }
    }

    public synchronized void say(JsonNode message) {
        try {
            socket.sendText(message.toString(), true).join();
        } catch (CompletionException gone) {
            // the reader gets a Broken message
        }
    }

    public void resize(Tty.Size size) {
        say(JSON.createObjectNode().put("columns", size.columns()).put("rows", size.rows()));
    }

    public void endInput() {
        say(JSON.createObjectNode().put("end", true));
    }

    @Override
    public void close() {
        socket.abort();
    }

    private final class Receiver implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private boolean begun; // whether part of a binary message has arrived
        private boolean error;

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket socket, ByteBuffer data, boolean last) {
            if (!begun && data.hasRemaining()) {
                error = data.get() == 2;
            }
            begun = !last;
            var bytes = new byte[data.remaining()];
            data.get(bytes);
            received.add(new Message.Bytes(error, ByteBuffer.wrap(bytes)));
            if (waiting.addAndGet(bytes.length) < BOUND) {
                socket.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.add(message(text.toString()));
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            lost("the controller closed the connection");
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            lost("the connection to the controller broke: " + failure.getMessage());
        }

        private void lost(String how) {
            received.add(new Message.Broken(how));
        }
    }

    private static Message message(String text) {
        try {
            var json = JSON.readTree(text);
            return json.has("exit")
                    ? new Message.Ended(json.path("exit").asInt())
                    : new Message.Broken(json.path("failed").asText("the session failed"));
        } catch (JsonProcessingException e) {
            return new Message.Broken("the controller sent invalid JSON: " + text);
        }
    }
}
