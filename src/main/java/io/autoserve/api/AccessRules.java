package io.autoserve.api;

import java.util.Set;

/**
 * States whether callers have to authenticate, and holds the settings that authentication uses.
 *
 * @param open whether every caller is admitted without a token
 * @param secret the key that signs sessions; all controllers have the same one
 * @param proxies addresses of the proxies whose headers about the client ({@code X-Forwarded-For},
 *     {@code X-Forwarded-Proto}) are trusted
 */
public record AccessRules(boolean open, String secret, Set<String> proxies) {
    public static final AccessRules OPEN = new AccessRules(true, "", Set.of());

    @Override
    public String toString() {
        return open ? "open" : "by token";
    }
}
