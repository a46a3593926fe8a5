package io.autoserve.api;

import io.autoserve.model.Refusal;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Until when a request must have begun. Who was frozen wakes up with requests that the load
 * balancer gave up on: another controller has served them since, and perhaps later ones, which must
 * not be undone.
 */
final class Deadline {
    /** Milliseconds since 1970, by the load balancer, which gives up on a request later. */
    private static final String HEADER = "X-Request-Deadline";

    private static final Pattern DECIMAL = Pattern.compile("\\d{1,15}");

    private Deadline() {}

    /** Throws {@link Refusal} where it has passed. */
    static void require(HttpServerRequest request, InstantSource clock) {
        var deadline = of(request);
        if (deadline != null && clock.instant().isAfter(deadline)) {
            throw Refusal.unavailable("this was asked too long ago: ask again");
        }
    }

    /** Null where there is none. */
    static @Nullable Instant of(HttpServerRequest request) {
        var deadline = request.getHeader(HEADER);
        return deadline != null && DECIMAL.matcher(deadline).matches()
                ? Instant.ofEpochMilli(Long.parseLong(deadline))
                : null;
    }
}
