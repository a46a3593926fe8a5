package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Transition;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * A change of an app's rows, as {@link Replay} describes it. The leader commits it to the database,
 * the forecast applies it in memory. If the row has changed since the action was planned and does
 * not allow the change any more, nothing changes.
 */
public sealed interface Effect {

    /** Gives an empty slot its next occupant. */
    record Occupy(App app, int index, String reason) implements Effect {}

    /** Changes the row of the instance with this id. */
    record Move(long id, Transition transition, Event.Type type, UnaryOperator<Instance> change)
            implements Effect {
        /** Returns the changed row; empty if the row does not allow the transition. */
        public Optional<Instance> of(Instance row) {
            return row.allows(transition) ? Optional.of(change.apply(row)) : Optional.empty();
        }
    }

    /** Deletes the slot of an instance whose container is gone. */
    record Vacate(Instance instance, String reason) implements Effect {}

    /**
     * Changes the app's rollout, unless the app has another revision by now.
     *
     * @param change gets the app and the app as it was before the rollout
     */
    record Roll(App app, Event.Type type, String reason, BiFunction<App, App, App> change)
            implements Effect {
        /**
         * Returns the changed row; empty if the row does not allow the change.
         *
         * @param before the app as it was before the rollout
         */
        public Optional<App> of(App row, App before) {
            return row.rollout() != null && row.revision() == app.revision()
                    ? Optional.of(change.apply(row, before))
                    : Optional.empty();
        }
    }

    /** Deletes an app that has no slots. */
    record Delete(App app) implements Effect {}

    /** Changes no row, but is recorded as an event. */
    record Note(String app, Event.Type type, String reason) implements Effect {}
}
