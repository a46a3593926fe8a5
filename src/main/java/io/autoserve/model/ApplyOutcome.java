package io.autoserve.model;

/** What applying a spec did to its app. */
public enum ApplyOutcome {
    CREATED,
    CHANGED,
    UNCHANGED
}
