package io.autoserve.store;

/** The database does not answer; whatever was to be done may be tried again. */
public final class DatabaseAway extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DatabaseAway(Throwable cause) {
        super("the database does not answer: " + cause.getMessage(), cause);
    }
}
