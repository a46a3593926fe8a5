package io.autoserve.apps;

import io.autoserve.plan.Action;

/** Is told what the loop and its executor do, on their threads, so must return at once. */
public interface Witness {
    Pass passBegan();

    /** The action has got its turn. */
    Deed began(Action.OnEngine action);

    /**
     * @param starts how many starts wait for their turn at the engine
     * @param removals how many stops and removals do
     * @param limit how many of each the engine may have in hand
     */
    void queue(int starts, int removals, int limit);

    interface Pass {
        /**
         * @param whole false: it broke off
         */
        void ended(boolean whole);
    }

    interface Deed {
        /**
         * @param done false: it failed, or its term was over
         */
        void ended(boolean done);
    }
}
