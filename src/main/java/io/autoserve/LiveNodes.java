package io.autoserve;

import io.autoserve.api.Nodes;
import io.autoserve.model.Refusal;
import io.autoserve.store.NodeTable;
import io.autoserve.store.NodeTable.Standing;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The only node, and what operators requested of it.
 *
 * @param engine returns the name of the Docker Engine; may block
 */
record LiveNodes(NodeTable nodes, Supplier<String> engine, Executor threads) implements Nodes {

    @Override
    public Future<List<NodeStatus>> all() {
        return LivePlatform.blocking(threads, () -> List.of(told(nodes.standing(engine.get()))));
    }

    @Override
    public Future<NodeStatus> drain(String node, boolean force, String actor) {
        return LivePlatform.blocking(threads, () -> told(nodes.drain(known(node), force, actor)));
    }

    @Override
    public Future<NodeStatus> uncordon(String node, String actor) {
        return LivePlatform.blocking(threads, () -> told(nodes.uncordon(known(node), actor)));
    }

    private String known(String node) {
        if (!node.equals(engine.get())) {
            throw Refusal.noNode(node);
        }
        return node;
    }

    private static NodeStatus told(Standing standing) {
        var node = standing.node();
        return new NodeStatus(
                node.name(), state(standing), standing.instances(), node.since(), node.actor());
    }

    private static State state(Standing standing) {
        if (!standing.node().drained()) {
            return State.Ready;
        }
        return standing.instances() > 0 ? State.Draining : State.Drained;
    }
}
