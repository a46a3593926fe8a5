package io.autoserve.plan;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What to do now.
 *
 * @param lookAgainAt when time alone will change the plan
 */
public record Plan(List<Action> actions, Optional<Instant> lookAgainAt) {
    public Plan {
        actions = List.copyOf(actions);
    }
}
