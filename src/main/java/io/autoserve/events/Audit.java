package io.autoserve.events;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.ViewVerdict;
import io.autoserve.store.StateReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the controllers' views match the tables. Each view shows the state after a different
 * event, so the views cannot be compared with the tables directly. Instead, this class starts from
 * an earlier snapshot of this controller and applies the later events to it one by one. When it
 * reaches the last event of a view, it computes the digest that the view must have. After all
 * events, it computes the digest that the tables must have.
 */
public final class Audit {
    /**
     * Number of snapshots that are kept, one for each second. The oldest one must be older than the
     * views of all other controllers. A controller announces its view once a second, and this
     * controller reads the announcements once a second.
     */
    private static final int KEPT = 10;

    private final StateReader stateReader;
    private final View view;
    private final Deque<Snapshot> past = new ArrayDeque<>();

    public Audit(StateReader stateReader, View view) {
        this.stateReader = stateReader;
        this.view = view;
    }

    /** A controller's report about its view. */
    public record Seen(long timeline, long seq, String digest) {}

    /**
     * @param digest digest of the tables at {@code seq}
     * @param own whether this controller's view matches the tables
     * @param others for each other controller, by name, whether its view matches the tables
     */
    public record Findings(
            long timeline,
            long seq,
            String digest,
            ViewVerdict own,
            Map<String, ViewVerdict> others) {}

    /** Keeps the present snapshot. Must be called once a second. */
    public void remember() {
        view.snapshot()
                .ifPresent(now -> {
                    synchronized (past) {
                        if (!past.isEmpty() && past.getLast().timeline() != now.timeline()) {
                            past.clear();
                        }
                        past.addLast(now);
                        if (past.size() > KEPT) {
                            past.removeFirst();
                        }
                    }
                });
    }

    /**
     * Compares all views with the tables. It blocks and reads all tables, so it must not be called
     * many times a second.
     */
    public Findings compare(Map<String, Seen> seen) {
        var start = oldest();
        var found = stateReader.stateSince(start == null ? Long.MAX_VALUE : start.seq());
        var tables = Snapshot.of(found.clusterState());
        var digests = digests(start, tables, found.events(), found.specs(), seqs(seen, tables));
        var own = ViewVerdict.UNKNOWN;
        var others = new HashMap<String, ViewVerdict>();
        if (digests.containsKey(tables.seq())) {
            own = verdict(tables.digest(), digests.get(tables.seq()));
        }
        digests.put(tables.seq(), tables.digest()); // views at this seq must match them
        seen.forEach((name, its) ->
                others.put(
                        name,
                        its.timeline() == tables.timeline()
                                ? verdict(its.digest(), digests.get(its.seq()))
                                : ViewVerdict.UNKNOWN));
        return new Findings(
                tables.timeline(), tables.seq(), tables.digest(), own, Map.copyOf(others));
    }

    private @Nullable Snapshot oldest() {
        synchronized (past) {
            return past.isEmpty() ? view.snapshot().orElse(null) : past.getFirst();
        }
    }

    private static Set<Long> seqs(Map<String, Seen> seen, Snapshot tables) {
        var seqs = new TreeSet<Long>();
        seen.values().forEach(its -> seqs.add(its.seq()));
        seqs.add(tables.seq());
        return seqs;
    }

    /**
     * Returns the digest of the state after each requested seq. Leaves out a seq that the events do
     * not reach, and one at which an app had a revision that was deleted since.
     */
    private static Map<Long, String> digests(
            @Nullable Snapshot start,
            Snapshot tables,
            List<Event> events,
            Map<Long, AppSpec> specs,
            Set<Long> wanted) {
        var digests = new HashMap<Long, String>();
        if (start == null
                || start.timeline() != tables.timeline()
                || start.seq() > tables.seq()
                || (!events.isEmpty() && events.getLast().seq() != tables.seq())) {
            return digests;
        }
        var at = start;
        if (wanted.contains(at.seq())) {
            digests.put(at.seq(), at.digest());
        }
        var unknown = new HashSet<Long>(); // ids of apps whose spec was deleted with its revision
        for (var event : events) {
            var spec = specs.get(event.seq());
            if (event.change() instanceof Change.Unknown) {
                return digests;
            }
            note(event.change(), at.lacksSpec(event, spec), unknown);
            at = at.after(event, spec);
            if (unknown.isEmpty() && wanted.contains(at.seq())) {
                digests.put(at.seq(), at.digest());
            }
        }
        return digests;
    }

    private static void note(Change change, boolean lacksSpec, Set<Long> unknown) {
        if (change instanceof Change.PutApp app && lacksSpec) {
            unknown.add(app.id());
        } else if (change instanceof Change.PutApp app) {
            unknown.remove(app.id());
        } else if (change instanceof Change.DropApp(var id)) {
            unknown.remove(id);
        }
    }

    private static ViewVerdict verdict(String digest, @Nullable String right) {
        if (right == null) {
            return ViewVerdict.UNKNOWN;
        }
        return digest.equals(right) ? ViewVerdict.AGREES : ViewVerdict.DISAGREES;
    }
}
