package io.autoserve.testing;

import io.autoserve.api.Nodes;
import io.autoserve.model.Refusal;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** Has one node, {@code here}, with two instances until it is drained. */
final class FakeNodes implements Nodes {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private NodeStatus node = new NodeStatus("here", State.Ready, 2, null, null);

    @Override
    public synchronized Future<List<NodeStatus>> all() {
        return Future.succeededFuture(List.of(node));
    }

    @Override
    public synchronized Future<NodeStatus> drain(String name, boolean force, String actor) {
        if (name.equals(node.name()) && !force && node.instances() > 0) {
            return Future.failedFuture(Refusal.conflict("node 'here' is the only one"));
        }
        return changed(name, new NodeStatus("here", State.Drained, 0, START, actor));
    }

    @Override
    public synchronized Future<NodeStatus> uncordon(String name, String actor) {
        return changed(name, new NodeStatus("here", State.Ready, 2, START, actor));
    }

    private Future<NodeStatus> changed(String name, NodeStatus after) {
        if (!name.equals(node.name())) {
            return Future.failedFuture(Refusal.noNode(name));
        }
        node = after;
        return Future.succeededFuture(after);
    }
}
