package io.autoserve.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.ServedRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the last requests of an app from nginx's answer. */
final class Journal {
    /** What nginx writes between the addresses of two tries. */
    private static final Pattern BETWEEN_TRIES = Pattern.compile(", | : ");

    private Journal() {}

    static List<ServedRequest> requests(JsonNode answer) {
        var requests = new ArrayList<ServedRequest>();
        answer.path("requests").forEach(request -> requests.add(request(request)));
        return requests;
    }

    private static ServedRequest request(JsonNode request) {
        var reason = request.path("reason");
        return new ServedRequest(
                request.path("id").asLong(),
                Instant.ofEpochMilli(request.path("at").asLong()),
                request.path("client").asText(),
                request.path("host").asText(),
                request.path("method").asText(),
                request.path("path").asText(),
                request.path("status").asInt(),
                request.path("seconds").asDouble(),
                request.path("bytes").asLong(),
                tries(request.path("upstreams").asText()),
                reason.isTextual() ? reason.textValue() : null);
    }

    /** The name of the group of all instances stands for a request that found none of them. */
    private static List<String> tries(String upstreams) {
        return Stream.of(BETWEEN_TRIES.split(upstreams, -1))
                .filter(address -> address.contains(":"))
                .toList();
    }
}
