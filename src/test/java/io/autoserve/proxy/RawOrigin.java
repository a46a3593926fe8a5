package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Simulates an instance that records the bytes of each request's head and answers with the bytes
 * that a test gives it.
 */
final class RawOrigin implements AutoCloseable {
    /** An answer of this origin to every request, with a body of two bytes. */
    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: *(\\d+)\r\n");

    final long id;
    final int port;
    private final ServerSocket listening;
    private final Function<String, Answer> answers;
    private final Queue<String> heads = new ConcurrentLinkedQueue<>();

    /**
     * @param bytes what the origin sends at once
     * @param last whether the origin then closes the connection
     */
    record Answer(String bytes, boolean last) {
        static Answer of(String bytes) {
            return new Answer(bytes, false);
        }

        static Answer last(String bytes) {
            return new Answer(bytes, true);
        }

        /** Closes the connection without an answer, as an instance that dies does. */
        static Answer none() {
            return last("");
        }

        static Answer never() {
            return of("");
        }
    }

    /**
     * @param answers returns the answer to a request with the given head
     */
    RawOrigin(long id, Function<String, Answer> answers) {
        this.id = id;
        this.answers = answers;
        try {
            listening = new ServerSocket(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = listening.getLocalPort();
        Thread.startVirtualThread(this::accept);
    }

    /** Returns the heads of all requests that arrived, each with its empty line, oldest first. */
    List<String> heads() {
        return List.copyOf(heads);
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
        try (connection) {
            var input = new BufferedInputStream(connection.getInputStream());
            for (var head = head(input); !head.isEmpty(); head = head(input)) {
                heads.add(head);
                skipBody(input, head);
                var answer = answers.apply(head);
                connection.getOutputStream().write(answer.bytes().getBytes(ISO_8859_1));
                if (answer.last()) {
                    return;
                }
            }
        } catch (IOException broken) {
            // nginx has closed the connection
        }
    }

    private static void skipBody(InputStream input, String head) throws IOException {
        if (head.contains("\r\nTransfer-Encoding: chunked\r\n")) {
            upTo("\r\n0\r\n\r\n", input);
        } else {
            input.skipNBytes(length(head));
        }
    }

    /** Reads up to the end of the next empty line, or to the end of the input. */
    static String head(InputStream input) throws IOException {
        return upTo("\r\n\r\n", input);
    }

    private static String upTo(String end, InputStream input) throws IOException {
        var text = new StringBuilder();
        while (!endsWith(text, end)) {
            var next = input.read();
            if (next < 0) {
                return text.toString();
            }
            text.append((char) next);
        }
        return text.toString();
    }

    private static boolean endsWith(StringBuilder text, String end) {
        return text.length() >= end.length()
                && text.substring(text.length() - end.length()).equals(end);
    }

    /** Returns the Content-Length in a head, or 0 if the head has none. */
    static long length(String head) {
        var length = LENGTH.matcher(head);
        return length.find() ? Long.parseLong(length.group(1)) : 0;
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
