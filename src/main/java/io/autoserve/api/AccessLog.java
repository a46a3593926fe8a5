package io.autoserve.api;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each request: those that may change something at info, those that read at debug. Who
 * asked is in it once they were let in, and the app where the path names one.
 */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private static final String ACTOR = AccessLog.class.getName() + ".actor";
    private static final String APPS = "/api/v1/apps/";

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

    static void by(Call call) {
        call.context().put(ACTOR, call.actor());
    }

    private static void write(RoutingContext context, Level level, double millis) {
        var request = context.request();
        var response = context.response();
        var line =
                LOG.atLevel(level)
                        .addKeyValue("request", response.headers().get(Call.REQUEST_ID))
                        .addKeyValue("status", response.getStatusCode())
                        .addKeyValue("milliseconds", Math.round(millis));
        with(with(line, "actor", context.get(ACTOR)), "app", app(context))
                .log("{} {}: {}", request.method(), request.path(), response.getStatusCode());
    }

    private static @Nullable String app(RoutingContext context) {
        return context.normalizedPath().startsWith(APPS) ? context.pathParam("name") : null;
    }

    private static LoggingEventBuilder with(
            LoggingEventBuilder line, String key, @Nullable String value) {
        return value == null ? line : line.addKeyValue(key, value);
    }
}
