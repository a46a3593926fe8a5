package io.autoserve.store;

/**
 * Thrown when the database does not answer, when it lacks a resource such as disk space, or when it
 * is not certain that a write was committed and has reached the standby. The caller may try again.
 */
public final class DatabaseAway extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseAway(Throwable cause) {
        super(message(cause), cause);
    }

    private static String message(Throwable cause) {
        return Shortage.of(cause)
                .map(Shortage::message)
                .orElseGet(() -> "the database does not answer: " + cause.getMessage());
    }
}
