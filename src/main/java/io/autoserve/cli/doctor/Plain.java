package io.autoserve.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;

/** Sends a GET request and returns the answer, even if its status is an error. */
final class Plain {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CONNECT_MILLIS = 3_000;
    private static final int READ_MILLIS = 5_000;

    private Plain() {}

    /**
     * @param date the Date header; empty if there is none
     * @param json a missing node if the body is not JSON
     */
    record PlainAnswer(int status, String date, JsonNode json) {}

    /** Opens a connection without sending the request yet. */
    interface Opening {
        HttpURLConnection open() throws IOException;
    }

    static Optional<PlainAnswer> get(String url) {
        return get(() -> (HttpURLConnection) URI.create(url).toURL().openConnection());
    }

    static Optional<PlainAnswer> get(Opening opening) {
        try {
            var connection = opening.open();
            connection.setConnectTimeout(CONNECT_MILLIS);
            connection.setReadTimeout(READ_MILLIS);
            connection.setInstanceFollowRedirects(false);
            var status = connection.getResponseCode();
            var date = connection.getHeaderField("Date");
            return Optional.of(
                    new PlainAnswer(status, date == null ? "" : date, json(connection, status)));
        } catch (IOException | IllegalArgumentException nobody) {
            return Optional.empty();
        }
    }

    private static JsonNode json(HttpURLConnection connection, int status) {
        try (var in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            return in == null ? JSON.missingNode() : JSON.readTree(in);
        } catch (IOException noJson) {
            return JSON.missingNode();
        }
    }
}
