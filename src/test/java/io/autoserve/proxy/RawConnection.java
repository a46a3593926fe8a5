package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.testing.Eventually;
import io.autoserve.testing.TlsVisit;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;

/** A connection to nginx, in plain HTTP or over TLS, on which a test sends the bytes it likes. */
final class RawConnection implements AutoCloseable {
    private final Socket socket;
    private final InputStream input;

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout((int) Eventually.PATIENCE.toMillis());
        input = new BufferedInputStream(socket.getInputStream());
    }

    static RawConnection plain(String address, int port) {
        try {
            return new RawConnection(new Socket(address, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RawConnection tls(String address, String host) {
        return tls(address, host, "");
    }

    /**
     * @param announcement what the connection sends before its handshake, without TLS
     */
    static RawConnection tls(String address, String host, String announcement) {
        try {
            return new RawConnection(TlsVisit.open(address, 443, host, announcement));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends a request and returns the bytes of its answer: the heads of interim answers, the head,
     * the body with its chunks and trailers. The answer is empty if nginx closes the connection.
     */
    String ask(String request) {
        send(request);
        return answer();
    }

    /** Sends a request, or a part of it. */
    void send(String bytes) {
        try {
            socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the bytes of the next answer, as {@link #ask} does. */
    String answer() {
        try {
            return read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns this many of the next bytes, or fewer if nginx closes the connection before. */
    String next(int count) {
        try {
            return text(input.readNBytes(count));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a request and returns the head of its answer. */
    String askForHead(String request) {
        send(request);
        try {
            return RawOrigin.head(input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Fails if nginx sends anything or closes the connection in this time. */
    void assertSilentFor(Duration time) {
        try {
            socket.setSoTimeout((int) time.toMillis());
            assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout((int) Eventually.PATIENCE.toMillis());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whatever arrives until nginx closes the connection. It is empty if nginx has closed
     * the connection without another byte.
     */
    String rest() {
        var bytes = new StringBuilder();
        try {
            for (var next = input.read(); next >= 0; next = input.read()) {
                bytes.append((char) next);
            }
        } catch (IOException reset) {
            // nginx closed the connection before it read the whole request
        }
        return bytes.toString();
    }

    private String read() throws IOException {
        var head = RawOrigin.head(input);
        if (head.startsWith("HTTP/1.1 1") && !head.startsWith("HTTP/1.1 101")) {
            return head + read();
        }
        return head + body(head);
    }

    private String body(String head) throws IOException {
        var fields = head.toLowerCase(Locale.ROOT);
        if (fields.contains("\r\ntransfer-encoding: chunked\r\n")) {
            return chunks();
        }
        if (fields.contains("\r\ncontent-length:")) {
            return text(input.readNBytes((int) RawOrigin.length(head)));
        }
        return head.startsWith("HTTP/1.1 101") ? "" : rest();
    }

    private String chunks() throws IOException {
        var chunks = new StringBuilder();
        while (true) {
            var size = line();
            chunks.append(size);
            if (size.equals("0\r\n")) {
                return chunks + trailers();
            }
            var bytes = Integer.parseInt(size.strip(), 16) + 2;
            chunks.append(text(input.readNBytes(bytes)));
        }
    }

    private String trailers() throws IOException {
        var line = line();
        return line.equals("\r\n") ? line : line + trailers();
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        while (line.isEmpty() || line.charAt(line.length() - 1) != '\n') {
            var next = input.read();
            if (next < 0) {
                throw new IOException("nginx closed the connection after: " + line);
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    // Bytes that are no request and no answer

    /** Sends bytes, and meanwhile reads as many as it sends. Returns those that arrived. */
    byte[] exchange(byte[] bytes) {
        Thread.startVirtualThread(() -> write(bytes));
        return read(bytes.length);
    }

    /** Returns the next bytes that arrive, or fewer if the connection ends before. */
    byte[] read(int count) {
        try {
            return input.readNBytes(count);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends what this side sends. It can still read. For connections without TLS. */
    void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException closed) {
            // the server has closed the connection already
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
