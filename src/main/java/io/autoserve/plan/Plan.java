package io.autoserve.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The actions that should be taken now.
 *
 * @param lookAgainAt when time alone will change the plan
 */
public record Plan(List<Action> actions, Optional<Instant> lookAgainAt) {
    public Plan {
        actions = List.copyOf(actions);
    }
}
