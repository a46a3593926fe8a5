package io.autoserve.model;

import java.util.Locale;

/** The kinds of long-lived connections to the API, by their content. */
public enum StreamKind {
    EVENTS,
    LOGS,
    EXEC,
    FORWARD;

    /** Returns whether the controller needs a connection to a container for it. */
    public boolean ofContainers() {
        return this != EVENTS;
    }

    /** Returns the kind as metrics show it, in lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
