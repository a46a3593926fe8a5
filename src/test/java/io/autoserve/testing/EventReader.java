package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Reads a stream of events, one message after the other. */
public final class EventReader implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final BufferedReader lines;

    private EventReader(BufferedReader lines) {
        this.lines = lines;
    }

    /**
     * @param root of a controller's API
     * @param query such as {@code ?after=0}, or empty
     * @param headers alternating names and values
     */
    public static EventReader open(URI root, String query, String... headers) {
        return new EventReader(lines(root.resolve("/api/v1/events/stream" + query), headers));
    }

    /** Returns the lines of the response as they arrive. */
    public static BufferedReader lines(URI stream, String... headers) {
        var request = HttpRequest.newBuilder(stream).timeout(Eventually.PATIENCE);
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            var answer = HTTP.send(request.build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                throw new AssertionError("status " + answer.statusCode());
            }
            return new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Opens a stream that begins after this message, which another stream has delivered. */
    public static EventReader openBehind(String message, URI root) {
        return open(root, "", "Last-Event-ID", message.substring(4, message.indexOf('\n')));
    }

    /** Returns the next message that is not a comment. */
    public String next() {
        var message = block();
        return message.startsWith(":") ? next() : message;
    }

    public String next(Predicate<String> wanted) {
        return Stream.generate(this::next).filter(wanted).findFirst().orElseThrow();
    }

    public String comment() {
        var message = block();
        return message.equals(": heartbeat") ? message : comment();
    }

    public List<Long> seqs(int count) {
        return Stream.generate(this::next).limit(count).map(EventReader::seq).toList();
    }

    /** Returns the seq of the event in a message. */
    public static long seq(String message) {
        return Long.parseLong(message.substring(message.indexOf('-') + 1, message.indexOf('\n')));
    }

    /** Reads to the end of the stream. Fails if the connection breaks instead. */
    public void untilEnd() {
        try {
            while (lines.readLine() != null) {}
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String block() {
        try {
            var block = new ArrayList<String>();
            for (var line = lines.readLine(); ; line = lines.readLine()) {
                if (line == null) {
                    throw new AssertionError("the stream has ended");
                }
                if (line.isEmpty()) {
                    return String.join("\n", block);
                }
                block.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
