package io.autoserve.model;

/**
 * Reports whether a controller's view matches the tables at the last event that the view has seen.
 */
public enum ViewVerdict {
    AGREES,
    DISAGREES,
    /**
     * The view is too old, belongs to another timeline, or its controller reported no digest that
     * can be compared.
     */
    UNKNOWN
}
