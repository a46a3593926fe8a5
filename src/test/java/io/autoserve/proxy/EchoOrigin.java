package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Simulates an instance that accepts every WebSocket and returns the bytes that it gets, as they
 * arrive and without a look at the frames. It closes the connection after the bytes of {@link
 * #CLOSE}.
 */
final class EchoOrigin implements AutoCloseable {
    /** The answer to the handshake, except for its empty line, for the key of RFC 6455, 1.3. */
    static final String SWITCHING =
            """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            Sec-WebSocket-Protocol: chat\r
            Sec-WebSocket-Extensions: permessage-deflate\r
            """;

    /** A text frame that the origin sends together with its answer to a handshake at /greeting. */
    static final String GREETING = "\u0081\u0005Hello";

    /** A close frame of a client, with the code 1000 and the mask 0. */
    static final String CLOSE = "\u0088\u0082\0\0\0\0\u0003\u00e8";

    final int port;
    private final ServerSocket listening;
    private final BlockingQueue<Conversation> conversations = new LinkedBlockingQueue<>();

    /**
     * @param head the head of the handshake
     * @param bytes all bytes that followed, once the connection has ended
     */
    record Conversation(String head, CompletableFuture<byte[]> bytes) {}

    EchoOrigin() {
        try {
            listening = new ServerSocket(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = listening.getLocalPort();
        Thread.startVirtualThread(this::accept);
    }

    /** Returns the conversations in the order in which they began, each once. */
    BlockingQueue<Conversation> conversations() {
        return conversations;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var connection = listening.accept();
                Thread.startVirtualThread(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        var received = new ByteArrayOutputStream();
        var bytes = new CompletableFuture<byte[]>();
        try (connection) {
            var input = new BufferedInputStream(connection.getInputStream());
            var output = connection.getOutputStream();
            var head = RawOrigin.head(input);
            conversations.add(new Conversation(head, bytes));
            var greeting = head.startsWith("GET /greeting ") ? GREETING : "";
            output.write((SWITCHING + "\r\n" + greeting).getBytes(ISO_8859_1));
            var buffer = new byte[65536];
            for (var read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                received.write(buffer, 0, read);
                output.write(buffer, 0, read);
                if (endsWithClose(received)) {
                    return;
                }
            }
        } catch (IOException broken) {
            // nginx has closed the connection
        } finally {
            bytes.complete(received.toByteArray());
        }
    }

    private static boolean endsWithClose(ByteArrayOutputStream received) {
        return received.size() < 256 && received.toString(ISO_8859_1).endsWith(CLOSE);
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
