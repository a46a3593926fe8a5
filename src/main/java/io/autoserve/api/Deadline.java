package io.autoserve.api;

import io.autoserve.model.Refusal;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses requests whose work has not begun by their deadline. A controller that was frozen
 * continues with requests that the load balancer has given up on. By then, another controller may
 * have served these requests and also later ones. The old requests must not undo what the later
 * ones did.
 */
final class Deadline {
    /**
     * The header with the deadline in milliseconds since 1970. The load balancer sets it, and gives
     * up on the request only after the deadline.
     */
    private static final String HEADER = "X-Request-Deadline";

    private static final Pattern DECIMAL = Pattern.compile("\\d{1,15}");

    private Deadline() {}

    /** Throws a {@link Refusal} if the deadline has passed. */
    static void require(HttpServerRequest request, InstantSource clock) {
        var deadline = of(request);
        if (deadline != null && clock.instant().isAfter(deadline)) {
            throw Refusal.unavailable("the request is too old to run: send it again");
        }
    }

    /** Returns the deadline, or null if the request has none. */
    static @Nullable Instant of(HttpServerRequest request) {
        var deadline = request.getHeader(HEADER);
        return deadline != null && DECIMAL.matcher(deadline).matches()
                ? Instant.ofEpochMilli(Long.parseLong(deadline))
                : null;
    }
}
