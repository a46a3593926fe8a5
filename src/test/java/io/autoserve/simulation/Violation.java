package io.autoserve.simulation;

/** The platform broke one of its promises. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    Violation(String invariant, String details) {
        super(invariant + ": " + details);
    }
}
