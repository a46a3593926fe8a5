package io.autoserve.api;

import io.autoserve.platform.Nodes.NodeStatus;
import io.autoserve.platform.Platform;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Answers requests to list, drain and uncordon nodes. */
final class NodeRoutes {
    private final Platform platform;

    NodeRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listNodes", this::list, "drainNode", this::drain, "uncordonNode", this::fill);
    }

    private record NodeList(List<NodeStatus> nodes) {}

    private void list(Call call) {
        call.when(platform.nodes().all(), all -> call.json(200, new NodeList(all)));
    }

    private void drain(Call call) {
        call.when(
                platform.nodes().drain(call.required("node"), call.flag("force"), call.by()),
                node -> call.json(202, node));
    }

    private void fill(Call call) {
        call.when(
                platform.nodes().uncordon(call.required("node"), call.by()),
                node -> call.json(202, node));
    }
}
