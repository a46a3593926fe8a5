package io.autoserve.model;

import java.util.Locale;

/** What a token lets its holder do, each including the ones before. */
public enum Role {
    /** Looks. */
    VIEWER,
    /** Changes apps. */
    DEPLOYER,
    /** Gives and takes tokens too, and is for all apps. */
    ADMIN;

    /** As people write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
