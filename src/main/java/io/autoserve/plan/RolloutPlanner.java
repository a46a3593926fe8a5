package io.autoserve.plan;

import static java.util.Comparator.naturalOrder;

import io.autoserve.model.App;
import io.autoserve.model.App.Rollout;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a rollout continues to its next step, is complete, or has failed. A rollout fails
 * when it makes no progress (Kubernetes' {@code progressDeadlineSeconds}), when its instances fail,
 * or when they return more errors or answer more slowly than the old instances in the same minute.
 */
final class RolloutPlanner {
    /**
     * The rollout fails if one slot fails this many times in a row, because so many failures are no
     * coincidence.
     */
    private static final int DEATHS_OF_ONE = 3;

    /**
     * The rollout fails if at least this many slots of the new revision have failures, and if these
     * are at least half of the new revision's slots.
     */
    private static final int DEATHS_OF_MANY = 3;

    /**
     * Minimum number of requests. With fewer requests, errors do not count. Among the minimums in
     * Argo Rollouts' examples, this is the lowest.
     */
    private static final int REQUESTS_FOR_ERRORS = 20;

    private static final int FEWEST_ERRORS = 5;

    /**
     * Minimum share of errors at which the rollout can fail. It corresponds to a success rate of 95
     * %, as in the analysis in Argo Rollouts' documentation.
     */
    private static final double ERROR_RATE = 0.05;

    private static final int REQUESTS_FOR_P95 = 200;
    private static final int TIMES_WORSE = 2;
    private static final Duration NOTICEABLE = Duration.ofMillis(100);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Situation situation;
    private final App app;
    private final List<Instance> fresh;

    RolloutPlanner(Situation situation) {
        this.situation = situation;
        app = situation.app();
        fresh = situation.slots().stream().filter(this::staysFresh).toList();
    }

    private boolean staysFresh(Instance slot) {
        return switch (slot.state()) {
            case PENDING, STARTING, RUNNING, FAILED -> situation.fresh(slot);
            case DRAINING, STOPPING -> false;
        };
    }

    Plan judge() {
        var rollout = app.rollout();
        var before = situation.before();
        if (rollout == null || before == null || rollout.paused() || situation.node().drained()) {
            return Plan.NOTHING;
        }
        var action =
                app.wanted() == 0
                        ? complete("the app has no desired instances")
                        : judge(rollout, before);
        return new Plan(
                action == null ? List.of() : List.of(action),
                Optional.of(situation.now().plus(BETWEEN_LOOKS)));
    }

    private @Nullable Action judge(Rollout rollout, App before) {
        var trouble = trouble(rollout);
        if (trouble != null) {
            return app.spec().rollout().autoRollback()
                    ? new Action.RollBack(app, before, trouble)
                    : new Action.Pause(app, trouble);
        }
        return switch (app.spec().rollout().strategy()) {
            case ROLLING ->
                    rollout.step() < app.spec().rollout().steps().size()
                            ? tryOut(rollout)
                            : completeOnceWatched(replaced());
            case BLUE_GREEN ->
                    rollout.step() == 0
                            ? moveTraffic()
                            : completeOnceWatched(Optional.of(rollout.steppedAt()));
        };
    }

    private @Nullable String trouble(Rollout rollout) {
        var deaths = deaths();
        if (deaths != null) {
            return deaths;
        }
        var answers = answers();
        if (answers != null) {
            return answers;
        }
        var deadline = progressedAt(rollout).plus(app.spec().rollout().progressDeadline());
        return !allAvailable() && !deadline.isAfter(situation.now())
                ? "no progress for %d s: %d of %d instances of revision %d available%s"
                        .formatted(
                                app.spec().rollout().progressDeadline().toSeconds(),
                                available(),
                                ReplicaPlanner.Aim.of(situation).fresh(),
                                app.revision(),
                                unready())
                : null;
    }

    /** Returns why the first instance that fails its readiness check does so; empty without one. */
    private String unready() {
        return fresh.stream()
                .filter(slot -> slot.health() == Health.NOT_READY)
                .findFirst()
                .map(slot -> "; %s: %s".formatted(slot.name(), slot.reason()))
                .orElse("");
    }

    private @Nullable String deaths() {
        var dead = fresh.stream().filter(slot -> slot.failures() > 0).toList();
        var worst = dead.stream().filter(slot -> slot.failures() >= DEATHS_OF_ONE).findFirst();
        if (worst.isPresent()) {
            return "%s failed %d times in a row: %s"
                    .formatted(worst.get().name(), worst.get().failures(), worst.get().reason());
        }
        return dead.size() >= DEATHS_OF_MANY && dead.size() * 2 >= fresh.size()
                ? "%d of %d instances of revision %d failed, for example %s: %s"
                        .formatted(
                                dead.size(),
                                fresh.size(),
                                app.revision(),
                                dead.getFirst().name(),
                                dead.getFirst().reason())
                : null;
    }

    private @Nullable String answers() {
        var ours = situation.comparison().fresh();
        var old = situation.comparison().old();
        if (ours.requests() >= REQUESTS_FOR_ERRORS
                && ours.errors() >= FEWEST_ERRORS
                && ours.errorRate() >= ERROR_RATE
                && ours.errorRate() >= TIMES_WORSE * old.errorRate()) {
            return "revision %d failed %d of %d requests, the previous revision %d of %d"
                    .formatted(
                            app.revision(),
                            ours.errors(),
                            ours.requests(),
                            old.errors(),
                            old.requests());
        }
        var limit = old.p95().multipliedBy(TIMES_WORSE);
        var measured = Math.min(ours.requests(), old.requests()) >= REQUESTS_FOR_P95;
        return measured
                        && ours.p95().compareTo(limit) > 0
                        && ours.p95().compareTo(old.p95().plus(NOTICEABLE)) > 0
                ? "p95 latency of revision %d is %d ms, of the previous revision %d ms"
                        .formatted(app.revision(), ours.p95().toMillis(), old.p95().toMillis())
                : null;
    }

    /**
     * Returns the time of the last progress: a step, an instance that became ready, or a node that
     * takes instances again. A new leader begins to count when it first sees the rollout, because
     * the recorded times may come from another machine's clock.
     */
    private Instant progressedAt(Rollout rollout) {
        return Stream.concat(
                        fresh.stream().map(Instance::readySince),
                        Stream.of(
                                rollout.steppedAt(),
                                situation.rolloutSeen(),
                                situation.node().since()))
                .filter(Objects::nonNull)
                .max(naturalOrder())
                .orElseThrow();
    }

    private long available() {
        return fresh.stream().filter(situation::available).count();
    }

    private boolean allAvailable() {
        return available() >= ReplicaPlanner.Aim.of(situation).fresh();
    }

    private @Nullable Action tryOut(Rollout rollout) {
        var steps = app.spec().rollout().steps();
        var since = availableSince();
        var hold = steps.get(rollout.step()).hold();
        if (since.isEmpty()
                || later(since.get(), rollout.steppedAt()).plus(hold).isAfter(situation.now())) {
            return null;
        }
        var next = rollout.step() + 1;
        return new Action.Advance(
                app,
                next,
                next == steps.size()
                        ? "revision %d promoted: it was healthy with %d %% of the traffic"
                                .formatted(app.revision(), steps.getLast().weight())
                        : "revision %d gets %d %% of the traffic"
                                .formatted(app.revision(), steps.get(next).weight()));
    }

    private @Nullable Action moveTraffic() {
        return allAvailable()
                ? new Action.Advance(
                        app,
                        1,
                        "all traffic goes to the %d instances of revision %d"
                                .formatted(fresh.size(), app.revision()))
                : null;
    }

    /**
     * Returns the time since which the new revision could serve alone, or empty while old instances
     * are left.
     */
    private Optional<Instant> replaced() {
        var anyStale =
                situation.slots().stream()
                        .anyMatch(slot ->
                                switch (slot.state()) {
                                    case STARTING, RUNNING, DRAINING, STOPPING ->
                                            !situation.fresh(slot);
                                    case PENDING, FAILED -> false;
                                });
        return anyStale ? Optional.empty() : availableSince();
    }

    /**
     * Returns the time at which the last of the required instances became available, or empty if
     * not all of them are available.
     */
    private Optional<Instant> availableSince() {
        return allAvailable()
                ? fresh.stream()
                        .map(situation::availableAt)
                        .filter(Objects::nonNull)
                        .max(naturalOrder())
                : Optional.empty();
    }

    private @Nullable Action completeOnceWatched(Optional<Instant> since) {
        var watch = app.spec().rollout().watch();
        return since.filter(_ -> allAvailable())
                .filter(at -> !at.plus(watch).isAfter(situation.now()))
                .map(_ ->
                        complete(
                                "revision %d serves all traffic and was healthy for %d s"
                                        .formatted(app.revision(), watch.toSeconds())))
                .orElse(null);
    }

    private Action complete(String reason) {
        return new Action.Complete(app, reason);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
