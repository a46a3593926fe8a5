package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which check of which instance runs when, and reports changed verdicts. Everything runs on
 * one thread, except {@link #verdicts}.
 */
final class Watchlist {

    /**
     * Maximum number of probes in progress, so that a thousand frozen instances cannot use up the
     * sockets.
     */
    static final int AT_ONCE = 200;

    /**
     * Maximum number of failures that are explained at the same time. Each one runs a command in a
     * container.
     */
    private static final int EXPLANATIONS_AT_ONCE = 4;

    /**
     * Minimum time between rounds, so that with a thousand instances each round starts several
     * probes.
     */
    private static final Duration BREATH = Duration.ofMillis(10);

    private final InstantSource clock;
    private final RandomGenerator chance;
    private final Probing probing;
    private final Alarm alarm;
    private final Consumer<Verdict> told;

    private final Map<Long, Watched> watched = new HashMap<>();
    private final Queue<DueCheck> agenda = new PriorityQueue<>(Comparator.comparing(DueCheck::at));
    private final Map<Long, Judged> verdicts = new ConcurrentHashMap<>();
    private int underWay;
    private int explanations;
    private @Nullable Instant alarmAt;

    /**
     * @param clock a clock that never goes back
     */
    Watchlist(
            InstantSource clock,
            RandomGenerator chance,
            Probing probing,
            Alarm alarm,
            Consumer<Verdict> told) {
        this.clock = clock;
        this.chance = chance;
        this.probing = probing;
        this.alarm = alarm;
        this.told = told;
    }

    /** The verdict on an instance in one container at one address. */
    private record Judged(Instance instance, Verdict verdict) {}

    private static boolean sameContainer(Instance one, Instance other) {
        return Objects.equals(one.containerId(), other.containerId())
                && Objects.equals(one.address(), other.address());
    }

    /** Calls {@link #round} once, after a delay. A new delay replaces an earlier one. */
    @FunctionalInterface
    interface Alarm {
        void set(Duration delay);
    }

    /**
     * Replaces the full set of watched instances. New instances are checked at once, and removed
     * instances are no longer checked. The checks of all other instances continue unchanged. If an
     * instance has other checks, another container or another address than before, this restarts
     * its checks with the health that its target states.
     */
    void watch(Collection<Target> targets) {
        var addressed = targets.stream().filter(t -> t.instance().address() != null).toList();
        var ids = addressed.stream().map(t -> t.instance().id()).collect(Collectors.toSet());
        watched.keySet().retainAll(ids);
        verdicts.keySet().retainAll(ids);

        addressed.forEach(this::watch);
        round();
    }

    private void watch(Target target) {
        var instance = target.instance();
        var known = watched.get(instance.id());
        if (known != null
                && known.checkup.checks().equals(target.checks())
                && sameContainer(known.instance, instance)) {
            known.instance = instance;
            return;
        }
        var begun = new Watched(instance, Checkup.of(target, clock.instant(), chance.nextDouble()));
        watched.put(instance.id(), begun);
        plan(begun);
        tell(begun, presumed(target));
    }

    /** Returns the verdict that holds for an instance until its first check has a result. */
    private static Verdict presumed(Target target) {
        var ready = target.instance().health() == Instance.Health.READY;
        return new Verdict(target.instance().id(), ready, ready, true, "");
    }

    /**
     * Returns the verdict on the instance's present container at its present address, if there is
     * one. May be called from any thread.
     */
    Optional<Verdict> verdict(Instance instance) {
        return Optional.ofNullable(verdicts.get(instance.id()))
                .filter(judged -> sameContainer(judged.instance, instance))
                .map(Judged::verdict);
    }

    /** Starts all checks that are due, the most overdue first, and sets the alarm for the next. */
    void round() {
        alarmAt = null;
        var now = clock.instant();
        while (underWay < AT_ONCE && !agenda.isEmpty() && !agenda.element().at().isAfter(now)) {
            var turn = agenda.remove();
            if (isWatched(turn.watched())) {
                ask(turn.watched(), turn.check(), now);
            }
        }
        if (underWay < AT_ONCE && !agenda.isEmpty()) {
            comeBackAt(agenda.element().at());
        }
    }

    /** Returns false if the instance is no longer watched or its checks have changed. */
    private boolean isWatched(Watched known) {
        return watched.get(known.checkup.instanceId()) == known;
    }

    /** Adds to the agenda all checks that are not yet on the agenda and not in progress. */
    private void plan(Watched known) {
        for (var judgement : known.checkup.judgements().values()) {
            if (known.planned.add(judgement.check())) {
                agenda.add(new DueCheck(judgement.nextProbeAt(), known, judgement.check()));
                comeBackAt(judgement.nextProbeAt());
            }
        }
    }

    private void ask(Watched asked, HealthCheck check, Instant at) {
        underWay++;
        var patience = asked.checkup.judgement(check).patience(at);
        probing.ask(asked.instance, check.probe(), patience)
                .compose(outcome -> explained(asked, check, outcome))
                .onSuccess(outcome -> answered(asked, check, outcome, at));
    }

    /** Adds an explanation to a refused connection if operators will see it. */
    private Future<ProbeResult> explained(Watched asked, HealthCheck check, ProbeResult outcome) {
        if (outcome instanceof ProbeResult.Failed failed
                && failed.closedPort() != null
                && explanations < EXPLANATIONS_AT_ONCE
                && isWatched(asked)
                && asked.checkup.judgement(check).turnsAt(clock.instant())) {
            explanations++;
            return probing.explained(asked.instance, failed).onSuccess(_ -> explanations--);
        }
        return Future.succeededFuture(outcome);
    }

    private void answered(Watched asked, HealthCheck check, ProbeResult outcome, Instant at) {
        asked.planned.remove(check);
        if (underWay-- == AT_ONCE) {
            comeBackAt(clock.instant()); // other checks may have waited for this one to end
        }
        if (isWatched(asked)) {
            var before = asked.checkup.verdict();
            asked.checkup =
                    asked.checkup.after(check, outcome, at, clock.instant(), chance.nextDouble());
            tell(asked, before);
            plan(asked);
        }
    }

    private void tell(Watched judged, Verdict before) {
        var verdict = judged.checkup.verdict();
        verdicts.put(verdict.instanceId(), new Judged(judged.instance, verdict));
        if (verdict.differsFrom(before)) {
            told.accept(verdict);
        }
    }

    private void comeBackAt(Instant at) {
        var soonest = clock.instant().plus(BREATH);
        var next = at.isBefore(soonest) ? soonest : at;
        if (alarmAt == null || next.isBefore(alarmAt)) {
            alarmAt = next;
            alarm.set(Duration.between(clock.instant(), next));
        }
    }

    private static final class Watched {
        Instance instance;
        Checkup checkup;
        final Set<HealthCheck> planned = new HashSet<>();

        Watched(Instance instance, Checkup checkup) {
            this.instance = instance;
            this.checkup = checkup;
        }
    }

    private record DueCheck(Instant at, Watched watched, HealthCheck check) {}
}
