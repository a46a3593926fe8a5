package io.autoserve.store;

/**
 * Thrown when the database does not answer, when it lacks a resource such as disk space, or when it
 * is not certain that a write was committed and has reached the standby. The caller may try again.
 */
public final class DatabaseAway extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The message of Vert.x's pool. */
    private static final String TIMED_OUT = "Timeout";

    DatabaseAway(Throwable cause) {
        super(message(cause), cause);
    }

    private DatabaseAway(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Returns the failure to get a connection of the pool. If the wait for one took too long, the
     * pool says only that, so the message gives the reason.
     *
     * @param problem why no connection can be opened now; empty if nothing is known
     */
    static DatabaseAway withoutConnection(Throwable cause, String problem) {
        if (!TIMED_OUT.equals(cause.getMessage())) {
            return new DatabaseAway(cause);
        }
        return new DatabaseAway(
                problem.isEmpty()
                        ? "no connection to the database was free or could be opened in time: try again later"
                        : "the database does not answer: " + problem,
                cause);
    }

    private static String message(Throwable cause) {
        return Shortage.of(cause)
                .map(Shortage::message)
                .orElseGet(() -> "the database does not answer: " + cause.getMessage());
    }
}
