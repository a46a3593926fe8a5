package io.autoserve.model;

/** Reports what applying a spec did to its app. */
public enum ApplyOutcome {
    CREATED,
    CHANGED,
    UNCHANGED
}
