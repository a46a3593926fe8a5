package io.autoserve.apps;

import io.autoserve.plan.Action;

/** Is told what the loop and its crew do, on their threads, so must return at once. */
public interface Witness {
    Pass passBegan();

    Deed queued(Action.OnEngine action);

    interface Pass {
        /**
         * @param whole false: it broke off
         */
        void ended(boolean whole);
    }

    interface Deed {
        /** It had a hand free for it. */
        void begun();

        /**
         * @param done false: it failed, or its term was over
         */
        void ended(boolean done);
    }
}
