package io.autoserve.testing;

import io.autoserve.model.By;
import io.autoserve.model.Refusal;
import io.autoserve.platform.Nodes;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Simulates one node, {@code here}, which has two instances until it is drained. */
final class FakeNodes implements Nodes {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Consumer<By> remembered;

    private NodeStatus node = node(NodeState.Ready, 2, null, null);

    FakeNodes(Consumer<By> remembered) {
        this.remembered = remembered;
    }

    @Override
    public synchronized Future<List<NodeStatus>> all() {
        return Future.succeededFuture(List.of(node));
    }

    @Override
    public synchronized Future<NodeStatus> drain(String name, boolean force, By by) {
        remembered.accept(by);
        if (name.equals(node.name()) && !force && node.instances() > 0) {
            return Future.failedFuture(Refusal.conflict("node 'here' is the only one"));
        }
        return changed(name, node(NodeState.Drained, 0, START, by.actor()));
    }

    @Override
    public synchronized Future<NodeStatus> uncordon(String name, By by) {
        remembered.accept(by);
        return changed(name, node(NodeState.Ready, 2, START, by.actor()));
    }

    private static NodeStatus node(
            NodeState state, int instances, @Nullable Instant since, @Nullable String actor) {
        return new NodeStatus(
                "here",
                state,
                instances,
                8,
                16L << 30,
                500L * instances,
                (256L << 20) * instances,
                "Docker 28.5.2",
                since,
                actor);
    }

    private Future<NodeStatus> changed(String name, NodeStatus after) {
        if (!name.equals(node.name())) {
            return Future.failedFuture(Refusal.noNode(name));
        }
        node = after;
        return Future.succeededFuture(after);
    }
}
