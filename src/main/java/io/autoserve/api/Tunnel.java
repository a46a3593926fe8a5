package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.Session;
import io.autoserve.spec.Json;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Connects a client's WebSocket with a session of exec or port-forward. Data from each side is read
 * only as fast as the other side accepts it.
 *
 * <p>Messages have these forms:
 *
 * <ul>
 *   <li>Binary messages to the session contain only the bytes of its input.
 *   <li>Binary messages from the session begin with a byte that is 1 for standard output and 2 for
 *       standard error. The bytes of the output follow.
 *   <li>Text messages to the session are JSON, either {@code {"columns":80,"rows":24}} or {@code
 *       {"end":true}}.
 *   <li>The last message from the session is JSON in a text message, either {@code {"exit":0}} or
 *       {@code {"failed":"…"}}.
 * </ul>
 */
final class Tunnel implements Session.Output {
    private static final int LONGEST_SILENCE = 4;
    private static final short DONE = 1000;
    private static final short NOT_UNDERSTOOD = 1003;
    private static final short FAILED = 1011;

    private final ServerWebSocket socket;
    private final Context context;
    private final PacedWriter reader;
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("tunnel").factory());

    private @Nullable Session session; // used only on the event loop
    private final BooleanSupplier stillAdmitted;
    private final Consumer<Tunnel> whenOver;
    private int silence; // heartbeats since the last frame
    private boolean closed;

    /**
     * @param bound maximum number of bytes buffered for a client that reads slowly
     * @param whenOver called at least once when the tunnel ends, for whatever reason
     */
    Tunnel(
            ServerWebSocket socket,
            Context context,
            BooleanSupplier stillAdmitted,
            int bound,
            Consumer<Tunnel> whenOver) {
        this.stillAdmitted = stillAdmitted;
        this.whenOver = whenOver;
        this.socket = socket;
        this.context = context;
        this.reader = new PacedWriter(context, bound, socket::writeBinaryMessage);
        socket.pause();
        socket.pongHandler(_ -> silence = 0);
        socket.exceptionHandler(_ -> {}); // the client disconnected
    }

    /** Opens the session that the first message describes in JSON. */
    void beginWith(Function<JsonNode, Future<Session>> first) {
        socket.frameHandler(frame -> {
            if (frame.isText()) {
                begin(() -> first.apply(json(frame)));
            } else if (frame.isBinary()) {
                refuse("the first message must be JSON text that describes the session");
            } else {
                socket.fetch(1);
            }
        });
        socket.fetch(1);
    }

    interface Opening {
        Future<Session> open();
    }

    void begin(Opening opening) {
        try {
            opening.open()
                    .onComplete(
                            opened -> context.runOnContext(_ -> use(opened)),
                            failure -> context.runOnContext(_ -> fail(failure)));
        } catch (IllegalArgumentException wrong) {
            refuse(String.valueOf(wrong.getMessage()));
        }
    }

    private void use(Session opened) {
        if (closed) {
            Thread.startVirtualThread(opened::close);
            return;
        }
        session = opened;
        socket.frameHandler(frame -> pass(opened, frame));
        socket.fetch(1);
    }

    /**
     * Passes one frame to the session. The next frame is fetched only after this one is written.
     */
    private void pass(Session to, WebSocketFrame frame) {
        silence = 0;
        if (!frame.isText() && !frame.isBinary() && !frame.isContinuation()) {
            socket.fetch(1); // a control frame: the client is alive
            return;
        }
        writer.execute(() -> {
            if (frame.isText()) {
                control(to, json(frame));
            } else {
                to.write(frame.binaryData().getBytes());
            }
            context.runOnContext(_ -> socket.fetch(1));
        });
    }

    private static void control(Session session, JsonNode wish) {
        if (wish.path("end").asBoolean()) {
            session.endInput();
        } else if (wish.has("columns") && wish.has("rows")) {
            session.resize(
                    Math.clamp(wish.path("columns").asInt(), 1, 10_000),
                    Math.clamp(wish.path("rows").asInt(), 1, 10_000));
        }
    }

    /**
     * Returns the message as JSON. If the message cannot be parsed, returns an empty object, which
     * requests nothing.
     */
    private static JsonNode json(WebSocketFrame frame) {
        try {
            return Json.MAPPER.readTree(frame.textData());
        } catch (IOException notJson) {
            return Json.MAPPER.createObjectNode();
        }
    }

    @Override
    public void bytes(boolean error, byte[] bytes) throws InterruptedException {
        reader.write(
                Buffer.buffer(bytes.length + 1)
                        .appendByte((byte) (error ? 2 : 1))
                        .appendBytes(bytes));
    }

    @Override
    public void ended(int exitCode) {
        context.runOnContext(_ -> end(DONE, "{\"exit\":%d}".formatted(exitCode)));
    }

    @Override
    public void failed(String reason) {
        context.runOnContext(_ -> fail(new IllegalStateException(reason)));
    }

    private void refuse(String reason) {
        end(NOT_UNDERSTOOD, told(reason));
    }

    private void fail(Throwable failure) {
        end(FAILED, told(String.valueOf(failure.getMessage())));
    }

    private static String told(String reason) {
        return Json.MAPPER.createObjectNode().put("failed", reason).toString();
    }

    private void end(short code, String last) {
        if (!closed) {
            socket.writeTextMessage(last);
            socket.close(code);
            close();
        }
    }

    /**
     * Pings the client, and disconnects it if it sent no frame during the last four heartbeats. A
     * client that only pauses its terminal still answers pings, so it stays connected.
     */
    void heartbeat() {
        if (socket.isClosed()) {
            close();
        } else if (++silence > LONGEST_SILENCE) {
            socket.close(FAILED);
            close();
        } else {
            socket.writePing(Buffer.buffer("here?"));
        }
    }

    /** Ends the session if the token is no longer valid. */
    void endIfRevoked() {
        if (!closed && !stillAdmitted.getAsBoolean()) {
            end(FAILED, told("the token was revoked or has expired"));
        }
    }

    /** Ends the session because the server stops. */
    void end() {
        end(FAILED, told("this controller is shutting down: connect again"));
    }

    /** Closes the session. Called when the connection is gone. */
    void close() {
        closed = true;
        if (session != null) {
            Thread.startVirtualThread(session::close); // closing may block for a moment
            session = null;
        }
        writer.shutdown();
        whenOver.accept(this);
    }
}
