package io.autoserve.events;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.store.Truth;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Proves that views are what the tables say. Views are of different moments, so none is compared as
 * it stands: an earlier snapshot of our own is led on, event by event, to the moment of each, and
 * at last to that of the tables.
 */
public final class Audit {
    /** One a second: others announce what they see once a second, and we read it once a second. */
    private static final int KEPT = 10;

    private final Truth truth;
    private final View view;
    private final Deque<Snapshot> past = new ArrayDeque<>();

    public Audit(Truth truth, View view) {
        this.truth = truth;
        this.view = view;
    }

    /** What a controller says of its view. */
    public record Seen(long timeline, long seq, String digest) {}

    public enum Verdict {
        AGREES,
        DISAGREES,
        /** Of a moment that is too long ago, or of another timeline. */
        UNKNOWN
    }

    /**
     * @param digest of the tables at {@code seq}
     * @param own whether our own view leads there
     * @param others by the name of the controller
     */
    public record Findings(
            long timeline, long seq, String digest, Verdict own, Map<String, Verdict> others) {}

    /** To be called once a second. */
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

    /** Reads all tables, so not to be asked for many times a second. Blocks. */
    public Findings compare(Map<String, Seen> seen) {
        var start = oldest();
        var found = truth.worldSince(start == null ? Long.MAX_VALUE : start.seq());
        var tables = Snapshot.of(found.world());
        var digests = digests(start, tables, found.events(), seqs(seen, tables));
        var own = Verdict.UNKNOWN;
        var others = new HashMap<String, Verdict>();
        if (digests.containsKey(tables.seq())) {
            own = verdict(tables.digest(), digests.get(tables.seq()));
        }
        digests.put(tables.seq(), tables.digest()); // the tables are right, whoever is wrong
        seen.forEach((name, its) ->
                others.put(
                        name,
                        its.timeline() == tables.timeline()
                                ? verdict(its.digest(), digests.get(its.seq()))
                                : Verdict.UNKNOWN));
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

    /** At each of these moments, as far as events lead there. */
    private static Map<Long, String> digests(
            @Nullable Snapshot start, Snapshot tables, List<Event> events, Set<Long> wanted) {
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
        for (var event : events) {
            if (event.change() instanceof Change.Unknown) {
                return digests;
            }
            at = at.after(event);
            if (wanted.contains(at.seq())) {
                digests.put(at.seq(), at.digest());
            }
        }
        return digests;
    }

    private static Verdict verdict(String digest, @Nullable String right) {
        if (right == null) {
            return Verdict.UNKNOWN;
        }
        return digest.equals(right) ? Verdict.AGREES : Verdict.DISAGREES;
    }
}
