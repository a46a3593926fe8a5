package io.autoserve.plan;

import java.util.Map;

/**
 * The facts about a node by which placement decides.
 *
 * @param labels labels that an operator gave the node
 * @param unreserved bytes of memory that no instance reserves; negative if the instances reserve
 *     more than the node has
 */
public record NodeFacts(
        String name, Standing standing, Map<String, String> labels, long unreserved) {

    public NodeFacts {
        labels = Map.copyOf(labels);
    }

    /** Decides whether a node may get instances. */
    public enum Standing {
        READY("ready"),
        DRAINING("being drained"),
        DRAINED("drained"),
        LOST("lost"),
        /** Starts on it failed again and again for a reason that lies in the node. */
        SUSPECT("suspect");

        private final String words;

        Standing(String words) {
            this.words = words;
        }

        /** Returns the words for it, as operators read them. */
        String words() {
            return words;
        }
    }

    boolean admits() {
        return standing == Standing.READY;
    }

    boolean has(Map<String, String> required) {
        return labels.entrySet().containsAll(required.entrySet());
    }
}
