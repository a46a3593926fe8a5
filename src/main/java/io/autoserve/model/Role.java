package io.autoserve.model;

import java.util.Locale;

/** Defines what a token permits. Each role includes the roles before it. */
public enum Role {
    /** May read. */
    VIEWER,
    /** May change apps. */
    DEPLOYER,
    /** Can also create and revoke tokens. An admin token always covers all apps. */
    ADMIN;

    /** Returns the role as users write it, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
