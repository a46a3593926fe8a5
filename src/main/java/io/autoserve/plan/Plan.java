package io.autoserve.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The actions that should be taken now.
 *
 * @param lookAgainAt when to plan again even if nothing changes until then; empty if there is no
 *     such time
 */
public record Plan(List<Action> actions, Optional<Instant> lookAgainAt) {
    /** Takes no action, and needs no other look unless something changes. */
    static final Plan NOTHING = new Plan(List.of(), Optional.empty());

    public Plan {
        actions = List.copyOf(actions);
    }

    static Plan of(Action action) {
        return new Plan(List.of(action), Optional.empty());
    }

    /** Takes no action, but plans again at this time. */
    static Plan lookingAgainAt(Instant time) {
        return new Plan(List.of(), Optional.of(time));
    }
}
