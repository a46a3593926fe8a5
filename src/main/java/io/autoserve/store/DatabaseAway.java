package io.autoserve.store;

/**
 * Thrown when the database does not answer, or when it is not certain that a write was committed
 * and has reached the standby. The caller may try again.
 */
public final class DatabaseAway extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseAway(Throwable cause) {
        super("the database does not answer: " + cause.getMessage(), cause);
    }
}
