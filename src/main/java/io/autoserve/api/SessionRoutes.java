package io.autoserve.api;

import io.autoserve.access.Caller;
import io.autoserve.access.Sessions;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests for the caller's identity. Also begins and ends the sessions of browsers, so
 * that a browser need not keep a token.
 */
final class SessionRoutes {
    private final Guard guard;

    SessionRoutes(Guard guard) {
        this.guard = guard;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "readSession", this::read, "beginSession", this::begin, "endSession", this::end);
    }

    private record SessionAnswer(
            String actor,
            String role,
            List<String> apps,
            boolean open,
            @Nullable Instant expiresAt) {}

    private void read(Call call) {
        answer(call, guard.identify(call.context().request()).caller());
    }

    private void begin(Call call) {
        if (guard.open()) {
            answer(call, Caller.ANYBODY);
            return;
        }
        var request = call.context().request();
        var shown = call.body().path("token").textValue();
        var caller = guard.believed(request, guard.token(shown)).caller();
        AuditNotes.by(call.context(), caller.name());
        call.response()
                .addCookie(
                        cookie(call, guard.session(caller)).setMaxAge(Sessions.LENGTH.toSeconds()));
        answer(call, caller);
    }

    private void end(Call call) {
        call.response().addCookie(cookie(call, "").setMaxAge(0)).setStatusCode(204).end();
    }

    /**
     * Returns the session cookie. Scripts cannot read it, and no other site can make a browser send
     * it.
     */
    private Cookie cookie(Call call, String value) {
        return Cookie.cookie(Guard.COOKIE, value)
                .setPath("/")
                .setHttpOnly(true)
                .setSameSite(CookieSameSite.STRICT)
                .setSecure(guard.encrypted(call.context().request()));
    }

    private void answer(Call call, Caller caller) {
        call.response().putHeader("Cache-Control", "no-store");
        call.json(
                200,
                new SessionAnswer(
                        caller.name() == null ? "api" : caller.name(),
                        caller.role().word(),
                        caller.apps().patterns(),
                        guard.open(),
                        caller.until()));
    }
}
