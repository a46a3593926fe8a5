package io.autoserve.simulation.postgres;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.simulation.SimulatedProcess;
import io.autoserve.spec.Json;
import io.autoserve.store.StateReader.News;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;

/** One of the two databases: the primary, or the standby that follows it. */
final class Node {
    private static final int MOST_NEWS = 1_000;

    private final ModelPostgres cluster;
    private final RandomGenerator chance;
    private final String machine;
    private final SimulatedProcess process;
    private final Store store;
    private final Locks locks;
    private final boolean primary;
    private final long timeline;
    private final Set<ServerSession> sessions = new LinkedHashSet<>();

    /** The events that were read already, by their seq, so that each is parsed only once. */
    private final Map<Long, Event> events = new HashMap<>();

    private final Map<String, AppSpec> specs = new HashMap<>();

    /**
     * @param machine name of the machine, which stays the same when the database starts again
     * @param timeline number of the history that this database continues, if it is the primary
     */
    Node(
            ModelPostgres cluster,
            RandomGenerator chance,
            String machine,
            SimulatedProcess process,
            Store store,
            boolean primary,
            long timeline) {
        this.cluster = cluster;
        this.chance = chance;
        this.machine = machine;
        this.process = process;
        this.store = store;
        this.locks = new Locks(process);
        this.primary = primary;
        this.timeline = timeline;
    }

    String machine() {
        return machine;
    }

    SimulatedProcess process() {
        return process;
    }

    Store store() {
        return store;
    }

    Locks locks() {
        return locks;
    }

    boolean isPrimary() {
        return primary;
    }

    long timeline() {
        return timeline;
    }

    /** Returns the end of the log. */
    long position() {
        return cluster.position(this);
    }

    boolean synchronousStandby() {
        return cluster.synchronousStandby(this);
    }

    UUID randomId() {
        return new UUID(chance.nextLong(), chance.nextLong());
    }

    /** Shows the checks what is about to be committed. */
    void committing(Commit commit) {
        cluster.committing(commit);
    }

    /** Applies a commit and returns its position in the log. */
    long committed(Store.Changes changes) {
        store.apply(changes);
        return cluster.logged(this, changes);
    }

    /** Releases the permit when the standby has the log up to this position. */
    void awaitStandby(long position, Semaphore confirmed) {
        cluster.awaitStandby(this, position, confirmed);
    }

    /** Tells the sessions that listen that there is a new event. */
    void notified() {
        sessions.forEach(session -> cluster.notify(this, session::notifies));
    }

    void opened(ServerSession session) {
        sessions.add(session);
    }

    void ended(ServerSession session) {
        sessions.remove(session);
    }

    List<ServerSession> sessions() {
        return List.copyOf(sessions);
    }

    /** Returns the events after {@code seq}, as the query of the feed does. */
    News news(long seq) {
        var table = Schema.table("events");
        var last = store.last(table);
        var found = new ArrayList<Event>();
        var specsBySeq = new HashMap<Long, AppSpec>();
        for (var row : store.after(table, new Key(List.of(seq)), MOST_NEWS)) {
            var event = event(row);
            found.add(event);
            if (event.change() instanceof Event.Change.PutApp put && put.newRevision()) {
                var spec = spec(put.id(), put.revision());
                if (spec != null) {
                    specsBySeq.put(event.seq(), spec);
                }
            }
        }
        return new News(
                timeline,
                last == null ? 0 : (Long) last.values().getFirst(),
                List.copyOf(found),
                Map.copyOf(specsBySeq));
    }

    private Event event(Object[] row) {
        return events.computeIfAbsent(
                (Long) row[0],
                seq ->
                        new Event(
                                seq,
                                ((OffsetDateTime) row[1]).toInstant(),
                                (Long) row[2],
                                (String) row[3],
                                (String) row[4],
                                (String) row[5],
                                (String) row[6],
                                Json.read((String) row[7], Event.Change.class)));
    }

    private AppSpec spec(long app, int revision) {
        var table = Schema.table("revisions");
        var row = store.get(table, new Key(List.of(app, revision)), Long.MAX_VALUE);
        return row == null
                ? null
                : specs.computeIfAbsent(
                        (String) row[table.required("spec")],
                        text -> Json.read(text, AppSpec.class));
    }
}
