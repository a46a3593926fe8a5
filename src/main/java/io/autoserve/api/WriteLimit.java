package io.autoserve.api;

import java.time.Duration;

/**
 * Decides how many writes one controller runs at once, how many more may wait for their turn, and
 * how long they wait. {@link Admission} applies these decisions.
 *
 * @param atOnce maximum number of writes in progress
 * @param waiting maximum number of writes that wait for a turn
 * @param patience how long a write waits before it is refused
 */
record WriteLimit(int atOnce, int waiting, Duration patience) {
    /**
     * The standard limit. Each write uses one of the 16 connections to the database. The limit
     * leaves four connections for the feed, the leader and the query to the standby, because no
     * write can complete without these three.
     *
     * <p>The queue holds as many writes as a warm controller completes within {@code patience}. A
     * cold controller completes a third of them and refuses the rest once {@code patience} is over.
     */
    static final WriteLimit STANDARD = new WriteLimit(12, 200, Duration.ofSeconds(1));

    /** What happens to a write that arrives. */
    enum Arrival {
        BEGIN,
        WAIT,
        REFUSE
    }

    /** What happens to the write that has waited longest. */
    enum WriteTurn {
        BEGIN,
        WAIT,
        /** The write waited too long. Its client may have sent it to another controller by now. */
        REFUSE,
        /** The client has disconnected, so nobody would receive the answer. */
        FORGET
    }

    /**
     * @param underWay how many writes are in progress
     * @param before how many writes wait in the queue
     */
    Arrival arrival(int underWay, int before) {
        if (underWay < atOnce) {
            return Arrival.BEGIN;
        }
        return before < waiting ? Arrival.WAIT : Arrival.REFUSE;
    }

    WriteTurn turn(int underWay, Duration waited, boolean askerGone) {
        if (askerGone) {
            return WriteTurn.FORGET;
        }
        if (waited.compareTo(patience) >= 0) {
            return WriteTurn.REFUSE;
        }
        return underWay < atOnce ? WriteTurn.BEGIN : WriteTurn.WAIT;
    }
}
