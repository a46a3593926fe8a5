package io.autoserve.api;

import java.time.Duration;

/**
 * How many writes one controller has under way at once, how many more wait for their turn, and how
 * long. Decides; {@link Admission} acts.
 *
 * @param atOnce under way
 * @param waiting for one of these to be over
 * @param patience after which whoever still waits is refused
 */
record WriteLimit(int atOnce, int waiting, Duration patience) {
    /**
     * Each write needs one of 16 connections to the database. Four are left to those without whom
     * no write ends: the feed, the question to the standby, the leader. As many wait as a warm
     * controller does within the patience; a cold one does a third of that, and refuses the others
     * when it is over.
     */
    static final WriteLimit STANDARD = new WriteLimit(12, 200, Duration.ofSeconds(1));

    /** What becomes of a write that comes. */
    enum Arrival {
        BEGIN,
        WAIT,
        REFUSE
    }

    /** What becomes of the write that has waited longest. */
    enum Turn {
        BEGIN,
        WAIT,
        /** Whoever asked may have turned to another controller. */
        REFUSE,
        /** Nobody would hear what became of it. */
        FORGET
    }

    /**
     * @param underWay how many are
     * @param before it in the queue
     */
    Arrival arrival(int underWay, int before) {
        if (underWay < atOnce) {
            return Arrival.BEGIN;
        }
        return before < waiting ? Arrival.WAIT : Arrival.REFUSE;
    }

    Turn turn(int underWay, Duration waited, boolean askerGone) {
        if (askerGone) {
            return Turn.FORGET;
        }
        if (waited.compareTo(patience) >= 0) {
            return Turn.REFUSE;
        }
        return underWay < atOnce ? Turn.BEGIN : Turn.WAIT;
    }
}
