package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Node;
import io.autoserve.model.Refusal;
import io.vertx.sqlclient.Row;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Stores what operators decided about the machines that run instances. */
public final class NodeTable {
    private final Database database;
    private final InstantSource clock;

    public NodeTable(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * @param instances number of all instances, since there is only one node
     * @param cpuMillis sum of the CPU limits of the instances, in thousandths of a processor. An
     *     instance without a limit counts as 0
     * @param memoryBytes sum of their memory limits, in the same way
     */
    public record NodeUse(Node node, int instances, long cpuMillis, long memoryBytes) {}

    public NodeUse standing(String name) {
        return database.snapshot(transaction -> standing(transaction, name));
    }

    /**
     * Marks the node as drained: all of its instances are removed, and none starts until the node
     * is uncordoned. Does nothing if the node is already drained.
     *
     * @param force whether to drain the node even if it has instances, which have nowhere else to
     *     go; if false, such a drain is refused
     */
    public NodeUse drain(String name, boolean force, By by) {
        return change(
                name,
                true,
                by,
                Event.Type.NodeDrained,
                standing -> {
                    if (!force && standing.instances > 0) {
                        throw Refusal.conflict(
                                ("node '%s' is the only node: draining stops its %s, and their"
                                                + " apps answer 503 until the node is uncordoned;"
                                                + " use force to drain it anyway")
                                        .formatted(name, counted(standing.instances)));
                    }
                    return "drain requested: %s to remove; no new instance starts on this node"
                            .formatted(counted(standing.instances));
                });
    }

    public NodeUse uncordon(String name, By by) {
        return change(
                name,
                false,
                by,
                Event.Type.NodeUncordoned,
                _ -> "the node accepts instances again: the desired instances start");
    }

    private interface Reason {
        String of(NodeUse standing);
    }

    private NodeUse change(String name, boolean drained, By by, Event.Type type, Reason reason) {
        return database.once(
                by,
                NodeUse.class,
                transaction -> {
                    // locks the table, because two concurrent first changes would find no row to
                    // lock
                    transaction.run("lock table nodes in exclusive mode");
                    var before = standing(transaction, name);
                    if (before.node.drained() == drained) {
                        return before;
                    }
                    var text = "%s: %s".formatted(name, reason.of(before));
                    var after = new Node(name, drained, clock.instant(), by.actor());
                    transaction.run(
                            """
                            insert into nodes (name, drained, since, actor) values ($1, $2, $3, $4)
                            on conflict (name) do update set drained = $2, since = $3, actor = $4
                            """,
                            name,
                            drained,
                            Rows.time(after.since()),
                            by.actor());
                    transaction.note(by.actor(), null, type, text);
                    return new NodeUse(
                            after, before.instances, before.cpuMillis, before.memoryBytes);
                });
    }

    private static String counted(int instances) {
        return instances == 1 ? "1 instance" : instances + " instances";
    }

    private static NodeUse standing(Transaction transaction, String name) {
        var use =
                transaction
                        .run(
                                """
                                select count(*), coalesce(sum(r.cpu_millis), 0)::bigint,
                                    coalesce(sum(r.memory_bytes), 0)::bigint
                                from instances i
                                left join revisions r on r.app_id = i.app_id and r.number = i.revision
                                """)
                        .iterator()
                        .next();
        return new NodeUse(
                all(transaction).get().getOrDefault(name, Node.untouched(name)),
                use.getInteger(0),
                use.getLong(1),
                use.getLong(2));
    }

    /** Returns the nodes that operators have changed, by name. */
    static Supplier<Map<String, Node>> all(Transaction transaction) {
        var rows = transaction.ask("select name, drained, since, actor from nodes");
        return () -> {
            var nodes = new HashMap<String, Node>();
            rows.get().forEach(row -> nodes.put(row.getString("name"), node(row)));
            return Map.copyOf(nodes);
        };
    }

    private static Node node(Row row) {
        return new Node(
                row.getString("name"),
                row.getBoolean("drained"),
                Rows.instant(row, "since"),
                row.getString("actor"));
    }
}
