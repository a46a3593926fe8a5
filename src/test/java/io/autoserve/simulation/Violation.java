package io.autoserve.simulation;

/** The platform broke one of its promises. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1L;

    Violation(String invariant, String details) {
        super(invariant + ": " + details);
    }

    /**
     * @throws Violation unless the condition holds
     */
    static void require(boolean holds, String invariant, String details) {
        if (!holds) {
            throw new Violation(invariant, details);
        }
    }
}
