package io.autoserve.simulation;

import static io.autoserve.simulation.Coverage.transition;
import static io.autoserve.simulation.Violation.require;

import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.Instance.State;
import io.autoserve.simulation.postgres.Commit;
import io.autoserve.simulation.postgres.Commit.RowChange;
import io.autoserve.simulation.postgres.CommittedRow;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks what the leader writes, right before the database applies it. The rules are those of the
 * documentation, written a second time and from the rows alone.
 */
final class CommitChecks {
    /** The changes of an instance's state that its row may go through, see {@code Transition}. */
    static final Set<String> TRANSITIONS =
            Set.of(
                    transition("", "STARTING"),
                    transition("PENDING", "STARTING"),
                    transition("STARTING", "STARTING"),
                    transition("STARTING", "RUNNING"),
                    transition("RUNNING", "RUNNING"),
                    transition("RUNNING", "DRAINING"),
                    transition("DRAINING", "STOPPING"),
                    transition("STOPPING", "STOPPING"),
                    transition("STARTING", "FAILED"),
                    transition("RUNNING", "FAILED"),
                    transition("FAILED", "PENDING"),
                    transition("PENDING", ""),
                    transition("STOPPING", ""));

    /**
     * How long a leader may act on an earlier wish of an operator, because a pass or a call of
     * Docker takes that long.
     */
    private static final Duration MEMORY = Duration.ofMinutes(1);

    /** Longest time between the judgement of a failure and its record. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(15);

    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);

    private final Scheduler scheduler;
    private final LongPredicate hasRequests;
    private final Coverage coverage;
    private final Map<Long, Deque<Wish>> wishes = new TreeMap<>();

    /** How an app should be from a time on. */
    private record Wish(long since, int instances, boolean paused) {}

    /**
     * @param hasRequests returns whether the instance runs and has requests in flight
     */
    CommitChecks(Scheduler scheduler, LongPredicate hasRequests, Coverage coverage) {
        this.scheduler = scheduler;
        this.hasRequests = hasRequests;
        this.coverage = coverage;
    }

    /**
     * @throws Violation if the commit breaks an invariant
     */
    void check(Commit commit) {
        for (var change : commit.changes("events")) {
            requireLeader(commit, Objects.requireNonNull(change.after()));
        }
        for (var change : commit.changes("apps")) {
            keep(change.after());
        }
        for (var change : commit.changes("instances")) {
            requireTransition(change);
            requireBackoff(change);
            requireDrained(change);
            requireBounds(commit, change);
        }
    }

    /** An event of a term is committed only by the leader of that term, and while it leads. */
    private void requireLeader(Commit commit, CommittedRow event) {
        coverage.saw(Coverage.event(String.valueOf(event.get("type"))));
        var epoch = event.get("epoch");
        var leader = commit.rows("leader").getFirst();
        if (!epoch.equals(0L)) {
            require(
                    epoch.equals(leader.get("epoch")) && commit.client().equals(leader.get("name")),
                    "only the leader commits in its term",
                    "%s commits %s of term %s, but %s leads in term %s"
                            .formatted(
                                    commit.client(),
                                    event.get("type"),
                                    epoch,
                                    leader.get("name"),
                                    leader.get("epoch")));
        }
    }

    private void keep(@Nullable CommittedRow app) {
        if (app != null) {
            wishes.computeIfAbsent((Long) app.get("id"), _ -> new ArrayDeque<>()).add(wish(app));
        }
    }

    private Wish wish(CommittedRow app) {
        return new Wish(
                scheduler.nanos(),
                app.get("intent").equals("RUN") ? (Integer) app.get("replicas") : 0,
                Boolean.TRUE.equals(app.get("rollout_paused")));
    }

    /**
     * Returns how the app should have been in the last minute, and how it should be now. A failover
     * may have lost the last wish.
     */
    private List<Wish> wishes(Commit commit, CommittedRow instance) {
        var id = (Long) instance.get("app_id");
        var kept = wishes.getOrDefault(id, new ArrayDeque<>());
        var begin = scheduler.nanos() - MEMORY.toNanos();
        while (kept.size() > 1 && second(kept).since <= begin) {
            kept.removeFirst();
        }
        var all = new ArrayList<>(kept);
        commit.rows("apps").stream()
                .filter(app -> app.get("id").equals(id))
                .map(this::wish)
                .forEach(all::add);
        return all;
    }

    private static Wish second(Deque<Wish> wishes) {
        return wishes.stream().skip(1).findFirst().orElseThrow();
    }

    private void requireTransition(RowChange change) {
        var transition = transition(state(change.before()), state(change.after()));
        coverage.saw(transition);
        require(
                TRANSITIONS.contains(transition),
                "an instance changes only as its state allows",
                "%s of %s".formatted(transition, row(change).get("index")));
    }

    private static String state(@Nullable CommittedRow row) {
        return row == null ? "" : (String) row.get("state");
    }

    private static CommittedRow row(RowChange change) {
        return change.after() == null ? change.before() : change.after();
    }

    private static boolean is(@Nullable CommittedRow row, State state) {
        return state(row).equals(state.name());
    }

    /** The second failure in a row costs a pause of 1 s, and each further one twice as much. */
    private static void requireBackoff(RowChange change) {
        if (!is(change.after(), State.FAILED) || superseded(change.after())) {
            return;
        }
        var failures = (Integer) change.after().get("failures");
        var pause =
                failures < 2 ? Duration.ZERO : Duration.ofSeconds(1L << Math.min(failures - 2, 20));
        var least = pause.compareTo(LONGEST_BACKOFF) < 0 ? pause : LONGEST_BACKOFF;
        var pauses =
                Duration.between(at(change.after(), "state_since"), at(change.after(), "retry_at"));
        // before the failure is written, Docker is asked for the container's last words
        require(
                pauses.plus(LAST_WORDS).compareTo(least) >= 0,
                "failures in a row are retried later and later",
                "failure %d is retried after %s".formatted(failures, pauses));
    }

    /** An instance of a replaced revision that never started has not failed by itself. */
    private static boolean superseded(CommittedRow row) {
        return String.valueOf(row.get("reason")).contains("was superseded");
    }

    private static OffsetDateTime at(CommittedRow row, String column) {
        return (OffsetDateTime) row.get(column);
    }

    /** Before its deadline, an instance stops only once it has answered all requests. */
    private void requireDrained(RowChange change) {
        if (is(change.before(), State.DRAINING) && is(change.after(), State.STOPPING)) {
            var deadline = at(change.before(), "drain_until");
            require(
                    !at(change.after(), "state_since").isBefore(deadline)
                            || !hasRequests.test((Long) change.after().get("id")),
                    "no instance stops with requests in flight before its drain deadline",
                    "instance %s".formatted(change.after().get("id")));
        }
    }

    private void requireBounds(Commit commit, RowChange change) {
        var after = change.after();
        if (after == null) {
            return;
        }
        var own =
                commit.rows("instances").stream()
                        .filter(row -> row.get("app_id").equals(after.get("app_id")))
                        .toList();
        if (change.before() == null) {
            requireFewerThanSurge(wishes(commit, after), own);
        } else if (isReady(change.before()) && isReplaced(change)) {
            requireEnoughReady(wishes(commit, after), own);
        }
    }

    private static boolean isReady(CommittedRow row) {
        return is(row, State.RUNNING) && row.get("health").equals("READY");
    }

    /** Returns whether the leader drains the instance because another one takes its place. */
    private static boolean isReplaced(RowChange change) {
        var reason = String.valueOf(change.after().get("reason"));
        return is(change.after(), State.DRAINING)
                && (reason.startsWith("replaced by revision")
                        || reason.equals("restart requested")
                        || reason.contains("desired of revision"));
    }

    /** While a rollout is paused, two revisions run side by side, each with its own number. */
    private static void requireFewerThanSurge(List<Wish> wished, List<CommittedRow> own) {
        var most = wished.stream().mapToInt(Wish::instances).max().orElse(0);
        var present =
                own.stream()
                        .filter(row -> !is(row, State.DRAINING) && !is(row, State.STOPPING))
                        .count();
        require(
                wished.stream().anyMatch(Wish::paused)
                        || present <= most + Rollout.DEFAULT.maxSurge(),
                "a rollout adds at most maxSurge instances",
                "%d instances where %d are desired".formatted(present, most));
    }

    private static void requireEnoughReady(List<Wish> wished, List<CommittedRow> own) {
        var least = wished.stream().mapToInt(Wish::instances).min().orElse(0);
        var ready = own.stream().filter(CommitChecks::isReady).count();
        require(
                ready >= least - Rollout.DEFAULT.maxUnavailable(),
                "a rollout leaves at most maxUnavailable instances out",
                "%d ready instances where %d are desired".formatted(ready, least));
    }
}
