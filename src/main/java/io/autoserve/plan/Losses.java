package io.autoserve.plan;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The nodes that the leader takes for lost. Their instances leave the routes and are replaced
 * elsewhere. A node is lost if it has been silent for {@link #PATIENCE}, and neither its proxy nor
 * any of its instances answers. No node is lost unless the leader still hears more than half of
 * them.
 *
 * @param nodes names of the lost nodes
 * @param cutOff whether the leader hears so few nodes that it is probably cut off itself. It should
 *     then resign, so that a controller with a better connection leads. It is never cut off from
 *     the only node, because no controller has a better connection to it
 */
public record Losses(Set<String> nodes, boolean cutOff) {
    static final Duration PATIENCE = Duration.ofSeconds(6);

    public Losses {
        nodes = Set.copyOf(nodes);
    }

    /**
     * The signs of life that the leader has of a node.
     *
     * @param heard when the node's agent or engine last answered
     * @param partAnswers whether its proxy or an instance on it answers
     */
    public record Signs(String node, Instant heard, boolean partAnswers) {
        private boolean silent(Instant now) {
            return !partAnswers && !heard.plus(PATIENCE).isAfter(now);
        }
    }

    public static Losses of(Collection<Signs> all, Instant now) {
        var silent =
                all.stream()
                        .filter(signs -> signs.silent(now))
                        .map(Signs::node)
                        .collect(Collectors.toSet());
        return 2 * silent.size() < all.size()
                ? new Losses(silent, false)
                : new Losses(Set.of(), all.size() > 1 && 2 * silent.size() > all.size());
    }
}
