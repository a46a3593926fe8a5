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
 * Writes one log line for each request: at info if the request may change something, at debug if it
 * only reads. The line includes the actor if the request was admitted, and the app if the path
 * names one.
 */
final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private static final String ACTOR = AccessLog.class.getName() + ".actor";
    private static final String APPS = "/api/v1/apps/";

    private AccessLog() {}

    /** Logs the request when its response ends. The route that calls this must be the first one. */
    static void follow(RoutingContext context) {
        var level = READING.contains(context.request().method()) ? Level.DEBUG : Level.INFO;
        if (LOG.isEnabledForLevel(level)) {
            var began = System.nanoTime();
            context.addEndHandler(ended -> {
                var millis = (System.nanoTime() - began) / 1e6;
                if (ended.succeeded()) {
                    write(context, level, millis);
                } else { // Vert.x reports an invalid body here before it is answered
                    context.vertx().runOnContext(_ -> write(context, level, millis));
                }
            });
        }
        context.next();
    }

    static void by(Call call) {
        call.context().put(ACTOR, call.actor());
    }

    private static void write(RoutingContext context, Level level, double millis) {
        var request = context.request();
        var response = context.response();
        var status = response.headWritten() ? response.getStatusCode() : null;
        var line =
                LOG.atLevel(level)
                        .addKeyValue("request", response.headers().get(Call.REQUEST_ID))
                        .addKeyValue("milliseconds", Math.round(millis));
        with(with(with(line, "status", status), "actor", context.get(ACTOR)), "app", app(context))
                .log(
                        "{} {}: {}",
                        request.method(),
                        request.path(),
                        status == null ? "closed without an answer" : status);
    }

    /**
     * Returns the app that the path names. A malformed path has no parameters, and Vert.x cannot
     * normalize it.
     */
    private static @Nullable String app(RoutingContext context) {
        var name = context.pathParam("name");
        return name != null && context.normalizedPath().startsWith(APPS) ? name : null;
    }

    private static LoggingEventBuilder with(
            LoggingEventBuilder line, String key, @Nullable Object value) {
        return value == null ? line : line.addKeyValue(key, value);
    }
}
