package io.autoserve.api;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may be asked of the machines that run instances. */
public interface Nodes {

    Future<List<NodeStatus>> all();

    /**
     * Takes every instance off it and starts none there until {@link #uncordon}.
     *
     * @param force also where they have nowhere else to go; refused as a conflict without
     */
    Future<NodeStatus> drain(String node, boolean force, String actor);

    Future<NodeStatus> uncordon(String node, String actor);

    enum State {
        Ready,
        Draining,
        Drained
    }

    /**
     * @param instances that are on it
     * @param since when it was last drained or uncordoned; null: never
     * @param actor who did it
     */
    record NodeStatus(
            String name,
            State state,
            int instances,
            @Nullable Instant since,
            @Nullable String actor) {}
}
