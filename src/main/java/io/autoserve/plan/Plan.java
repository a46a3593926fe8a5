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
    public Plan {
        actions = List.copyOf(actions);
    }
}
