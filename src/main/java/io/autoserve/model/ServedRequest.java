package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of an app, as nginx saw it.
 *
 * @param id grows with each request that nginx keeps, also after a restart of nginx
 * @param at when the request ended
 * @param client the client's address
 * @param path without the query
 * @param status 499 if the client closed the connection before it had the answer
 * @param seconds from the first byte of the request to the last byte of the answer
 * @param bytes of the answer, with its headers
 * @param tries the addresses of the instances that got the request, each with its port, in order
 * @param reason why the request failed, as far as nginx knows; null if it did not
 */
public record ServedRequest(
        long id,
        Instant at,
        String client,
        String host,
        String method,
        String path,
        int status,
        double seconds,
        long bytes,
        List<String> tries,
        @Nullable String reason) {
    public ServedRequest {
        tries = List.copyOf(tries);
    }

    /** Returns the same request with another id. */
    public ServedRequest numbered(long other) {
        return new ServedRequest(
                other, at, client, host, method, path, status, seconds, bytes, tries, reason);
    }
}
