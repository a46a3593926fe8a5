package io.autoserve.model;

import java.util.Optional;

/**
 * The holder of a token, who may manage some of the secrets. A keeper manages the secrets that are
 * limited to the keeper's own apps, and an admin manages all.
 *
 * @param by the author of the changes
 * @param role the role of the token
 * @param apps the apps that the token is for
 */
public record Keeper(By by, Role role, Scope apps) {

    public String name() {
        return by.actor();
    }

    public boolean keeps(Scope secret) {
        return role.includes(Role.ADMIN) || (!secret.everything() && apps.covers(secret));
    }

    /** Returns whether the keeper may know that a secret for these apps exists. */
    public boolean sees(Scope secret) {
        return apps.sees(secret);
    }

    /**
     * @param secret the apps that the secret is for
     * @return why the keeper may not set or delete the secret; empty if the keeper may
     */
    public Optional<String> objection(Scope secret) {
        if (keeps(secret)) {
            return Optional.empty();
        }
        return Optional.of(
                apps.everything()
                        ? "only admins may manage a secret for all apps: limit it to some apps, or"
                                + " ask an admin"
                        : "'%s' may manage secrets only for the apps %s".formatted(name(), apps));
    }
}
