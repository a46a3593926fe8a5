package io.autoserve.apps;

import io.autoserve.plan.Action;

/**
 * Observes what the loop and its executor do. Its methods are called on their threads, so they must
 * return at once.
 */
public interface LoopObserver {
    Pass passBegan();

    /** Called when the action has got its turn. */
    Span began(Action.OnEngine action);

    /**
     * @param starts how many starts wait for a turn at the engine
     * @param removals how many stops and removals wait
     * @param limit how many of each the engine may have in hand
     */
    void queue(int starts, int removals, int limit);

    /**
     * @param instances how many instances wait for the proxy to confirm that it sends them no more
     *     requests, and have waited too long
     */
    void stillRouted(int instances);

    interface Pass {
        /**
         * @param whole false if the pass broke off
         */
        void ended(boolean whole);
    }

    interface Span {
        /**
         * @param done false if the action failed or its term was over
         */
        void ended(boolean done);
    }
}
