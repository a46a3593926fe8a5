package io.autoserve.store;

import io.autoserve.model.Errand;
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
     * Returns this table for one request with an idempotency key, whose change is made at most
     * once.
     */
    public NodeTable on(Errand errand) {
        return new NodeTable(database.on(errand), clock);
    }

    /**
     * @param instances number of all instances, since there is only one node
     */
    public record Standing(Node node, int instances) {}

    public Standing standing(String name) {
        return database.snapshot(transaction -> standing(transaction, name));
    }

    /**
     * Removes every instance from the node until it is uncordoned. Does nothing if the node is
     * already drained.
     *
     * @param force drains even if the node has instances, which have nowhere else to go. Without it
     *     such a drain is refused
     */
    public Standing drain(String name, boolean force, String actor) {
        return change(
                name,
                true,
                actor,
                Event.Type.NodeDrained,
                standing -> {
                    if (!force && standing.instances > 0) {
                        throw Refusal.conflict(
                                ("node '%s' is the only one: its %s have nowhere to go, and their"
                                                + " apps would answer 503 until it is uncordoned; force says"
                                                + " that this is meant")
                                        .formatted(name, counted(standing.instances)));
                    }
                    return "drain asked for: %s to go, none starts"
                            .formatted(counted(standing.instances));
                });
    }

    public Standing uncordon(String name, String actor) {
        return change(
                name,
                false,
                actor,
                Event.Type.NodeUncordoned,
                _ -> "takes instances again: those that are wanted come back");
    }

    private interface Reason {
        String of(Standing standing);
    }

    private Standing change(
            String name, boolean drained, String actor, Event.Type type, Reason reason) {
        return database.once(
                Standing.class,
                transaction -> {
                    // two first changes at the same time would find no row to lock
                    transaction.run("lock table nodes in exclusive mode");
                    var before = standing(transaction, name);
                    if (before.node.drained() == drained) {
                        return before;
                    }
                    var text = "%s: %s".formatted(name, reason.of(before));
                    var after = new Node(name, drained, clock.instant(), actor);
                    transaction.run(
                            """
                            insert into nodes (name, drained, since, actor) values ($1, $2, $3, $4)
                            on conflict (name) do update set drained = $2, since = $3, actor = $4
                            """,
                            name,
                            drained,
                            Rows.time(after.since()),
                            actor);
                    transaction.note(actor, null, type, text);
                    return new Standing(after, before.instances);
                });
    }

    private static String counted(int instances) {
        return instances == 1 ? "1 instance" : instances + " instances";
    }

    private static Standing standing(Transaction transaction, String name) {
        var instances =
                transaction.run("select count(*) from instances").iterator().next().getInteger(0);
        return new Standing(
                all(transaction).get().getOrDefault(name, Node.untouched(name)), instances);
    }

    /** Returns by name the nodes that operators have changed. */
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
