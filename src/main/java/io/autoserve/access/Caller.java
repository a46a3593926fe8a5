package io.autoserve.access;

import io.autoserve.model.Event;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Who asks.
 *
 * @param name of the token; null where none is needed
 * @param token its id; null where none is needed
 * @param until when it has to prove itself again; null: never
 */
public record Caller(
        @Nullable String name,
        Role role,
        Scope apps,
        @Nullable String token,
        @Nullable Instant until) {

    /** Where no token is needed. */
    public static final Caller ANYBODY = new Caller(null, Role.ADMIN, Scope.EVERYTHING, null, null);

    static Caller of(Token token, @Nullable Instant until) {
        return new Caller(token.name(), token.role(), token.apps(), token.id(), until);
    }

    public boolean sees(String app) {
        return apps.covers(app);
    }

    /** What is about no app is for those who are for all. */
    public boolean sees(Event event) {
        return apps.everything() || (event.app() != null && apps.covers(event.app()));
    }
}
