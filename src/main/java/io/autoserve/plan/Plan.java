package io.autoserve.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The actions that should be taken now.
 *
 * @param lookAgainAt the time at which the plan changes even if nothing else does; empty if there
 *     is none
 */
public record Plan(List<Action> actions, Optional<Instant> lookAgainAt) {
    public Plan {
        actions = List.copyOf(actions);
    }
}
