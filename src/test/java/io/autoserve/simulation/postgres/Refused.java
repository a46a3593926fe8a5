package io.autoserve.simulation.postgres;

import io.vertx.pgclient.PgException;

/** An error that PostgreSQL reports for a statement. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final String state;
    private final String constraint;

    private Refused(String state, String message, String constraint) {
        super(message, null, false, false);
        this.state = state;
        this.constraint = constraint;
    }

    /**
     * @param state the code of the error (SQLSTATE)
     */
    static Refused with(String state, String message) {
        return new Refused(state, message, null);
    }

    static Refused unique(String constraint) {
        return new Refused(
                "23505",
                "duplicate key value violates unique constraint \"%s\"".formatted(constraint),
                constraint);
    }

    static Refused foreignKey(String table, String parent) {
        return new Refused(
                "23503",
                "insert, update or delete on table \"%s\" violates a foreign key between it and \"%s\""
                        .formatted(table, parent),
                null);
    }

    static Refused cancelled() {
        return with("57014", "canceling statement due to statement timeout");
    }

    /** Returns the error as the client's driver throws it. */
    PgException asException() {
        return new PgException(
                getMessage(),
                "ERROR",
                state,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                constraint);
    }
}
