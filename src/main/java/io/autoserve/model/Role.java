package io.autoserve.model;

import java.util.Locale;

/** What a token permits. Each role includes the ones before. */
public enum Role {
    /** May read. */
    VIEWER,
    /** May change apps. */
    DEPLOYER,
    /** May also create and revoke tokens, and is for all apps. */
    ADMIN;

    /** Returns the role as people write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
