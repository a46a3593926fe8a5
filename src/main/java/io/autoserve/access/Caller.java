package io.autoserve.access;

import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.Rights;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The caller of a request and what it may do.
 *
 * @param name name of the token; null if no token is needed
 * @param token id of the token; null if no token is needed
 * @param until time from which the caller must authenticate again; null if never
 */
public record Caller(
        @Nullable String name,
        Role role,
        Scope apps,
        DomainScope domains,
        @Nullable String token,
        @Nullable Instant until) {

    /** The caller when no token is needed. */
    public static final Caller ANYBODY =
            new Caller(null, Role.ADMIN, Scope.EVERYTHING, DomainScope.EVERYTHING, null, null);

    static Caller of(Token token, @Nullable Instant until) {
        return new Caller(
                token.name(), token.role(), token.apps(), token.domains(), token.id(), until);
    }

    public Rights rights() {
        return new Rights(apps, domains);
    }

    public boolean sees(String app) {
        return apps.covers(app);
    }

    /**
     * Returns whether the caller may see the event. An event that is not about an app is visible
     * only to callers whose scope is all apps.
     */
    public boolean sees(Event event) {
        return apps.everything() || (event.app() != null && apps.covers(event.app()));
    }
}
