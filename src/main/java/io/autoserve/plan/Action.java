package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What should be done next, and why. */
public sealed interface Action {

    /** One clause that operators read as it stands. */
    String reason();

    /**
     * Only writes rows. These come first, so that routes are changed before anything is done to
     * containers.
     */
    sealed interface OnRecord extends Action {}

    /** Has the engine do something; permitted by a row that is written before. */
    sealed interface OnEngine extends Action {}

    /** Its container runs, or runs elsewhere than recorded. */
    record Adopt(Instance instance, Container container, String reason) implements OnRecord {}

    /** It is lost; another may follow at {@code retryAt}. */
    record Fail(Instance instance, int failures, Instant retryAt, String reason)
            implements OnRecord {}

    /** It may be sent requests, or may not any longer. */
    record Mark(Instance instance, boolean ready, String reason) implements OnRecord {}

    /** Take it out of the route and wait, at most until {@code until}. */
    record Drain(Instance instance, Instant until, String reason) implements OnRecord {}

    /** Drop a slot that has no container. */
    record Vacate(Instance instance, String reason) implements OnRecord {}

    /** Drop an app that has no slot. */
    record Delete(App app, String reason) implements OnRecord {}

    /** Move a rollout to its next step. */
    record Advance(App app, int step, String reason) implements OnRecord {}

    /** Rely on the revision that was rolled out. */
    record Complete(App app, String reason) implements OnRecord {}

    /** Return to what served before the rollout. */
    record RollBack(App app, App before, String reason) implements OnRecord {}

    /** Leave a rollout that has failed as it is: its operator wants to see to it. */
    record Pause(App app, String reason) implements OnRecord {}

    /** Give an empty slot an occupant and start it. */
    record Start(App app, int index, Cause cause, String reason) implements OnEngine {
        public enum Cause {
            /** Its last occupant is lost: the app has fewer instances than it had. */
            REPAIR,
            /** The app is to have more instances, or instances of another revision. */
            GROWTH
        }
    }

    /** Go on with a start that was recorded but not finished. */
    record Resume(App app, Instance instance, String reason) implements OnEngine {}

    /** Stop a drained instance and drop its slot. */
    record Stop(App app, Instance instance, @Nullable Container container, String reason)
            implements OnEngine {}

    /**
     * Remove what is left of a failed instance; its slot waits for the next.
     *
     * @param grace that what still runs of it has to end by itself
     */
    record Clear(
            App app,
            Instance instance,
            @Nullable Container container,
            Duration grace,
            String reason)
            implements OnEngine {}

    /** Remove a container that belongs to nothing. */
    record Remove(Container container, String reason) implements OnEngine {}
}
