package io.autoserve.api;

import java.util.Set;

/**
 * Whether callers have to say who they are.
 *
 * @param open they do not
 * @param secret that all controllers share, to sign sessions by
 * @param proxies addresses whose word on who asked through them is taken
 */
public record AccessRules(boolean open, String secret, Set<String> proxies) {
    public static final AccessRules OPEN = new AccessRules(true, "", Set.of());

    @Override
    public String toString() {
        return open ? "open" : "by token";
    }
}
