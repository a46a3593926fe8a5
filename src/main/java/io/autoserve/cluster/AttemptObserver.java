package io.autoserve.cluster;

/** Watches the attempts to connect to the databases. May be called on any thread. */
@FunctionalInterface
public interface AttemptObserver {
    /** How an attempt ended. */
    enum Outcome {
        CONNECTED,
        FAILED,
        /** The database missed the deadline of the attempt. */
        LATE
    }

    /**
     * @param database address of the database as {@code host:port}
     */
    void ended(String database, Outcome outcome);
}
