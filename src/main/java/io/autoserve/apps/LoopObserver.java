package io.autoserve.apps;

import io.autoserve.plan.Action;

/**
 * Observes what the loop and its executor do. Its methods are called on the threads of the loop and
 * of the actions, so they must return at once.
 */
public interface LoopObserver {
    Pass passBegan();

    /** Called when the action has got its turn. */
    Span began(Action.OnEngine action);

    /**
     * @param starts number of starts that wait for a turn at the engine
     * @param removals number of stops and removals that wait for a turn
     * @param limit maximum number of starts, and of removals, that the engine works on at a time
     */
    void queue(int starts, int removals, int limit);

    /**
     * @param instances number of instances that have waited too long for the proxy to confirm that
     *     it sends them no more requests
     */
    void stillRouted(int instances);

    /**
     * @param lost whether the leader's last write is only on the primary, although there should be
     *     a standby
     */
    void lacksStandby(boolean lost);

    interface Pass {
        /**
         * @param whole whether the pass was completed; false if an error ended it
         */
        void ended(boolean whole);
    }

    interface Span {
        /**
         * @param done whether the action succeeded; false if it failed or its term was over
         */
        void ended(boolean done);
    }
}
