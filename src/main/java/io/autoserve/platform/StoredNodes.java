package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.NodeSize;
import io.autoserve.model.Refusal;
import io.autoserve.store.NodeTable;
import io.autoserve.store.NodeTable.NodeUse;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/**
 * Shows the installation's only node with its size and the number of its instances, drains it and
 * ends the drain.
 *
 * @param engine returns the name of the Docker Engine; may block
 * @param size returns what the machine of the Docker Engine has; may block
 */
public record StoredNodes(
        NodeTable nodes, Supplier<String> engine, Supplier<NodeSize> size, Background background)
        implements Nodes {

    @Override
    public Future<List<NodeStatus>> all() {
        return background.run(() -> List.of(told(nodes.standing(engine.get()))));
    }

    @Override
    public Future<NodeStatus> drain(String node, boolean force, By by) {
        return background.run(() -> told(nodes.drain(known(node), force, by)));
    }

    @Override
    public Future<NodeStatus> uncordon(String node, By by) {
        return background.run(() -> told(nodes.uncordon(known(node), by)));
    }

    private String known(String node) {
        if (!node.equals(engine.get())) {
            throw Refusal.noNode(node);
        }
        return node;
    }

    private NodeStatus told(NodeUse standing) {
        var node = standing.node();
        var machine = size.get();
        return new NodeStatus(
                node.name(),
                state(standing),
                standing.instances(),
                machine.processors(),
                machine.memoryBytes(),
                standing.cpuMillis(),
                standing.memoryBytes(),
                machine.engine(),
                node.since(),
                node.actor());
    }

    private static NodeState state(NodeUse standing) {
        if (!standing.node().drained()) {
            return NodeState.Ready;
        }
        return standing.instances() > 0 ? NodeState.Draining : NodeState.Drained;
    }
}
