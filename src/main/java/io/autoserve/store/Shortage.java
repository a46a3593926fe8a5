package io.autoserve.store;

import io.vertx.pgclient.PgException;
import java.util.Optional;

/**
 * Decides whether PostgreSQL refused a statement or a connection because it lacks disk space,
 * memory or connections (class 53 of its error codes). Such an error says nothing about the
 * statement, which succeeds once there is room again.
 *
 * @param message says what is missing, with PostgreSQL's own words and the way out
 */
record Shortage(String message) {

    /** Finds the error also if it is the cause of a failure to connect. */
    static Optional<Shortage> of(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException refused && refused.getSqlState().startsWith("53")) {
                return Optional.of(new Shortage(described(refused)));
            }
        }
        return Optional.empty();
    }

    private static String described(PgException refused) {
        var words = refused.getErrorMessage();
        return switch (refused.getSqlState()) {
            case "53100" ->
                    "the database's disk is full (%s): free space on it, then writes succeed again"
                            .formatted(words);
            case "53200" ->
                    "the database is out of memory (%s): give it more memory, or try again later"
                            .formatted(words);
            case "53300" ->
                    "the database has no free connection (%s): end clients that do not belong to AutoServe, or try again later"
                            .formatted(words);
            default -> "the database lacks a resource (%s): try again later".formatted(words);
        };
    }
}
