package io.autoserve.platform;

import io.autoserve.model.By;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and changes the nodes, which are the machines that run instances. */
public interface Nodes {

    Future<List<NodeStatus>> all();

    /**
     * Removes every instance from the node and starts none there until {@link #uncordon}.
     *
     * @param force whether to drain the node even if its instances have nowhere else to go. If
     *     false, such a drain is refused as a conflict
     */
    Future<NodeStatus> drain(String node, boolean force, By by);

    Future<NodeStatus> uncordon(String node, By by);

    enum NodeState {
        Ready,
        Draining,
        Drained
    }

    /**
     * @param instances how many instances are on the node
     * @param processors number of processors of the node; 0 if it is unknown
     * @param memoryBytes size of its memory; 0 if it is unknown
     * @param reservedCpuMillis sum of the CPU limits of its instances, in thousandths of a
     *     processor
     * @param reservedMemoryBytes sum of the memory limits of its instances
     * @param engine name and version of its engine; empty if they are unknown
     * @param since time when the node was last drained or uncordoned; null if never
     * @param actor name of the actor who last drained or uncordoned the node; null if never
     */
    record NodeStatus(
            String name,
            NodeState state,
            int instances,
            int processors,
            long memoryBytes,
            long reservedCpuMillis,
            long reservedMemoryBytes,
            String engine,
            @Nullable Instant since,
            @Nullable String actor) {}
}
