package io.autoserve.model;

import java.util.Locale;

/** Defines what a token permits. Each role of a person includes the roles before it. */
public enum Role {
    /** Cannot read anything. May only deploy another image of its app. */
    HOOK,
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

    /** Returns whether the role permits what the other one does. A viewer deploys no image. */
    public boolean includes(Role other) {
        return other == HOOK ? this == HOOK || compareTo(DEPLOYER) >= 0 : compareTo(other) >= 0;
    }
}
