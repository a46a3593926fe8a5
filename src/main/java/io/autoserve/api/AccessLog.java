package io.autoserve.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One line for each request: those that may change something at info, those that read at debug. */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private AccessLog() {}

    /** For a route that comes first. */
    static void follow(RoutingContext context) {
        var level = READING.contains(context.request().method()) ? Level.DEBUG : Level.INFO;
        if (LOG.isEnabledForLevel(level)) {
            var began = System.nanoTime();
            context.addEndHandler(_ -> write(context, level, (System.nanoTime() - began) / 1e6));
        }
        context.next();
    }

    private static void write(RoutingContext context, Level level, double millis) {
        var request = context.request();
        var response = context.response();
        LOG.atLevel(level)
                .addKeyValue("request", response.headers().get(Call.REQUEST_ID))
                .addKeyValue("status", response.getStatusCode())
                .addKeyValue("milliseconds", Math.round(millis))
                .log("{} {}: {}", request.method(), request.path(), response.getStatusCode());
    }
}
