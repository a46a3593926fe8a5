package io.autoserve.model;

import java.util.Optional;

/**
 * Who keeps secrets: those that only apps of theirs may be handed, and as an admin all.
 *
 * @param name that events tell
 * @param apps that their token is for
 */
public record Keeper(String name, Role role, Scope apps) {

    public boolean keeps(Scope secret) {
        return role.includes(Role.ADMIN) || (!secret.everything() && apps.covers(secret));
    }

    /**
     * Whether they may be told that there is such a secret: one of theirs, or one that their specs
     * may name.
     */
    public boolean sees(Scope secret) {
        return secret.everything() || apps.covers(secret);
    }

    /**
     * @param secret the apps that it is for
     * @return why they may not set or delete it; empty: they may
     */
    public Optional<String> objection(Scope secret) {
        if (keeps(secret)) {
            return Optional.empty();
        }
        return Optional.of(
                apps.everything()
                        ? "a secret for all apps is for admins to keep: limit it to some apps, or"
                                + " ask one"
                        : "'%s' keeps secrets for the apps %s only".formatted(name, apps));
    }
}
