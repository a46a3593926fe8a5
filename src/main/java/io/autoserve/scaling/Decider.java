package io.autoserve.scaling;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.scaling.History.Wanted;
import io.autoserve.store.ScalingTable;
import io.autoserve.store.ScalingTable.Memory;
import io.autoserve.store.ScalingTable.Proposed;
import io.autoserve.store.ScalingTable.Remembered;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides how many instances each app with automatic scaling should have, and remembers these
 * decisions. It works for one term. May be used from any thread.
 */
final class Decider {
    private static final Logger LOG = LoggerFactory.getLogger(Decider.class);

    private final Term term;
    private final ScalingTable table;
    private final RecentSamples recent;
    private final UnaryOperator<Scaling> scheduled;
    private final MetricReadings readings;
    private final Map<Long, History> histories = new HashMap<>();

    /**
     * The number of instances that each app's dry run reported last, by app id, so that the same
     * number is not reported again.
     */
    private final Map<Long, Integer> told = new HashMap<>();

    private final Map<Long, Decision> latest = new ConcurrentHashMap<>();

    /**
     * @param scheduled returns a policy as its schedule changes it now
     */
    Decider(
            Term term,
            ScalingTable table,
            RecentSamples recent,
            UnaryOperator<Scaling> scheduled,
            MetricReadings readings) {
        this.term = term;
        this.table = table;
        this.recent = recent;
        this.scheduled = scheduled;
        this.readings = readings;
    }

    /** Returns the latest decisions by app id. May be called from any thread. */
    Map<Long, Decision> latest() {
        return Map.copyOf(latest);
    }

    /**
     * Decides about all apps.
     *
     * @param counters nginx's counters; null if they could not be read
     * @return whether any desired number has changed
     */
    synchronized boolean round(Snapshot seen, @Nullable Counters counters, Instant now) {
        var apps = seen.apps().stream().filter(Decider::scalesItself).toList();
        forgetOthers(apps);
        if (apps.isEmpty()) {
            return false;
        }
        recall(apps, now);
        var held = table.held(now);
        var decided = new ArrayList<Decided>();
        for (var app : apps) {
            var demand = Demand.of(app, seen.instances(app.id()), counters, now);
            decided.add(decide(app, seen, demand, held, now));
        }
        table.remember(
                term, decided.stream().filter(Decided::proposes).map(Decided::remembered).toList());
        var changed = false;
        for (var it : decided) {
            changed |= act(it);
        }
        return changed;
    }

    /**
     * Decides at once about apps for which requests wait.
     *
     * @param names names of the apps
     * @return whether any desired number has changed
     */
    synchronized boolean wake(Snapshot seen, Set<String> names, Instant now) {
        var apps = asleep(seen).stream().filter(app -> names.contains(app.name())).toList();
        if (apps.isEmpty()) {
            return false;
        }
        recall(apps, now);
        var held = table.held(now);
        var changed = false;
        for (var app : apps) {
            changed |= act(decide(app, seen, Demand.WAITING, held, now));
        }
        return changed;
    }

    /** Returns the apps that a request can wake. */
    static List<App> asleep(Snapshot seen) {
        return seen.apps().stream()
                .filter(Decider::scalesItself)
                .filter(app -> app.spec().scaling().sleep() != null && app.replicas() == 0)
                .filter(app -> !app.spec().isWorker())
                .toList();
    }

    /** Returns the windows of the apps that scale automatically, by the id of the app. */
    static Map<Long, Duration> windows(Snapshot seen) {
        return seen.apps().stream()
                .filter(Decider::scalesItself)
                .collect(Collectors.toMap(App::id, app -> app.spec().scaling().window()));
    }

    static boolean scalesItself(App app) {
        return app.intent() == Intent.RUN && app.spec().scaling().mode() == Mode.AUTO;
    }

    private void forgetOthers(List<App> apps) {
        var ids = apps.stream().map(App::id).collect(Collectors.toSet());
        histories.keySet().retainAll(ids);
        told.keySet().retainAll(ids);
        latest.keySet().retainAll(ids);
    }

    /** Continues the histories of apps about which this leader has not decided yet. */
    private void recall(List<App> apps, Instant now) {
        var oldest =
                apps.stream()
                        .filter(app -> !histories.containsKey(app.id()))
                        .collect(
                                Collectors.toMap(
                                        App::id,
                                        app -> History.oldestNeeded(app.spec().scaling(), now)));
        if (oldest.isEmpty()) {
            return;
        }
        var memories = table.memories(oldest);
        for (var app : oldest.keySet()) {
            var memory = memories.get(app);
            histories.put(
                    app, memory == null ? History.begin(now) : history(memory, now).takenOver(now));
        }
    }

    private static History history(Memory memory, Instant now) {
        return new History(
                memory.since() == null ? now : memory.since(),
                memory.scaledOutAt(),
                memory.scaledInAt(),
                memory.panicUntil(),
                null, // not stored: at worst, a new leader waits once more for the end of a rise
                memory.proposals().stream().map(it -> new Wanted(it.at(), it.replicas())).toList());
    }

    private Decided decide(
            App app, Snapshot seen, @Nullable Demand demand, Map<Long, Instant> held, Instant now) {
        var policy = scheduled.apply(app.spec().scaling());
        var history = Objects.requireNonNull(histories.get(app.id()));
        var decision =
                Deciding.decide(
                        policy,
                        new ScalingState(
                                app.replicas(),
                                app.rollout() != null,
                                held.get(app.id()),
                                demand,
                                readings.of(app, now)),
                        recent.of(app.id(), now.minus(policy.window())),
                        seen.instances(app.id()),
                        history,
                        now);
        var next = history.after(decision, policy);
        histories.put(app.id(), next);
        latest.put(app.id(), decision);
        return new Decided(app, history, next, decision);
    }

    private record Decided(App app, History before, History next, Decision decision) {

        /**
         * Returns whether the proposal is the first in its step of ten seconds, or higher than the
         * earlier ones in that step. A new leader needs these proposals for its own decisions.
         */
        boolean proposes() {
            return before.proposals().isEmpty()
                    || !before.proposals().getLast().equals(next.proposals().getLast());
        }

        Remembered remembered() {
            var proposed = next.proposals().getLast();
            return new Remembered(
                    app.id(),
                    decision,
                    next.since(),
                    new Proposed(proposed.at(), proposed.replicas()));
        }
    }

    private boolean act(Decided it) {
        return switch (it.decision.outcome()) {
            case HOLD -> {
                told.remove(it.app.id());
                yield false;
            }
            case OUT, IN -> act(it.app, it.next, it.decision);
        };
    }

    private boolean act(App app, History next, Decision decision) {
        if (decision.inputs().dryRun()) {
            var before = told.put(app.id(), decision.to());
            if (before == null || before != decision.to()) {
                table.act(term, app, decision, next.since());
            }
            return false;
        }
        var scaled = table.act(term, app, decision, next.since());
        if (scaled.isPresent()) {
            LOG.info("{} scaled {}", app.name(), decision.reason());
            histories.put(app.id(), next.scaled(decision));
        }
        return scaled.isPresent() && decision.outcome() != Outcome.HOLD;
    }
}
