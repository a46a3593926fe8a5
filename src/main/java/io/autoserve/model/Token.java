package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A token that was created and not revoked. Only the hash of its secret is stored.
 *
 * @param id the public middle part of {@code as_<id>_<secret>}
 * @param name name of the token's holder. Events record it as their actor
 * @param domains the hosts that the token may give to apps
 * @param hash SHA-256 of the secret, as 64 hexadecimal digits
 * @param expiresAt the time at which the token expires; null if never
 * @param quota what all apps in the token's scope may use together
 */
public record Token(
        String id,
        String name,
        Role role,
        Scope apps,
        DomainScope domains,
        String hash,
        String createdBy,
        Instant createdAt,
        @Nullable Instant expiresAt,
        Quota quota) {

    private static final Pattern ID = Pattern.compile("[a-z0-9]{12}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    public Token {
        Require.that(
                ID.matcher(id).matches(), "id must be 12 characters of a-z and 0-9, was '%s'", id);
        Require.that(
                NAME.matcher(name).matches(),
                "name must be 1 to 64 characters of A-Z, a-z, 0-9 and '. _ @ -', starting with a letter or digit, was '%s'",
                name);
        Require.that(HASH.matcher(hash).matches(), "hash must have 64 hexadecimal digits");
        Require.that(
                role != Role.ADMIN || apps.everything(),
                "an admin token covers all apps and cannot be limited to %s",
                apps);
        Require.that(
                role != Role.ADMIN || domains.everything(),
                "an admin token covers all domains and cannot be limited to %s",
                domains);
        Require.that(
                role != Role.ADMIN || quota.unlimited(),
                "an admin token cannot have a quota, because its holder could create another token");
    }

    /** Creates a token without a quota. */
    public Token(
            String id,
            String name,
            Role role,
            Scope apps,
            DomainScope domains,
            String hash,
            String createdBy,
            Instant createdAt,
            @Nullable Instant expiresAt) {
        this(id, name, role, apps, domains, hash, createdBy, createdAt, expiresAt, Quota.NONE);
    }

    /** Returns whether the token is a hook that deploys images of this app. */
    public boolean isHookOf(String app) {
        return role == Role.HOOK && apps.patterns().equals(List.of(app));
    }

    public boolean expired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }
}
