package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Inputs;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.model.Decision.Proposal;
import io.autoserve.model.Metric;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides how many instances an app should have. The decision depends only on the policy, the app's
 * state, the load, the history and the time. Every decision contains its reason, even if nothing
 * should change.
 *
 * <p>The rules and their sources:
 *
 * <ul>
 *   <li>Each metric proposes {@code ceil(instances × value / target)}, and the largest proposal
 *       wins, as in the Kubernetes HorizontalPodAutoscaler ("Algorithm details"). The proposal aims
 *       at {@code scaleOutThresholdPct} of the configured target, at most 100 %. Otherwise the load
 *       would exceed the threshold again as soon as the proposed number is reached.
 *   <li>Between the thresholds nothing changes. Scaling in aims at nine tenths of the load per
 *       instance that scaling out aims at, so that the app does not scale out again at once. The
 *       difference of one tenth is the HPA's tolerance (--horizontal-pod-autoscaler-tolerance).
 *   <li>Scaling in goes no lower than the highest proposal within the stabilization window. This is
 *       the HPA's {@code behavior.scaleDown.stabilizationWindowSeconds}.
 *   <li>Nothing scales in while a metric's value is unknown, as with the HPA's missing metrics.
 *       Nothing scales in either if readings are missing from the policy's window, for example
 *       after a change of leader.
 *   <li>A metric is averaged over the policy's window, and also over a short window, which is a
 *       tenth as long. A panic begins when the value over the short window is at least twice the
 *       target. During a panic the higher of the two values counts, and the cooldown is at most as
 *       long as the short window. After a panic, nothing scales in for the length of the policy's
 *       window. This is Knative's panic mode ({@code panic-window-percentage: 10}, {@code
 *       panic-threshold-percentage: 200}).
 *   <li>Scaling out waits for up to two seconds while the load is still rising, so that one
 *       decision covers the whole rise. The load rises while its newest reading is more than one
 *       tenth above its value over the short window. This is AutoServe's own rule.
 *   <li>The extra instances of a rollout are never multiplied (kubernetes/kubernetes#72775), and
 *       nothing scales in while a rollout is in progress.
 *   <li>An app with {@code minReplicas} 0 sleeps, which means that it has no instances, after
 *       {@code idleSeconds} without a request. The metrics alone never remove the last instance. A
 *       request that waits wakes the app. This is AutoServe's own rule; Knative's is similar
 *       ({@code scale-to-zero-pod-retention-period}).
 *   <li>Cooldowns and steps are AutoServe's own rules. Scaling out waits for the cooldown after the
 *       last scaling out. Scaling in waits for the cooldown after the last change in either
 *       direction.
 * </ul>
 */
final class Scaler {
    private static final double TOLERANCE = 0.1;
    private static final double PANIC_PERCENT = 200;
    private static final int WINDOWS_IN_PANIC_WINDOW = 10;

    /** Shortest panic window. It covers two samples, so that a single odd second is not a panic. */
    private static final Duration SHORTEST_PANIC_WINDOW = Duration.ofSeconds(2);

    /** How long a decision waits for the end of a rise. It covers two readings. */
    private static final Duration LONGEST_RISE = Duration.ofSeconds(2);

    private final Scaling policy;
    private final ScalingState standing;
    private final Load load;
    private final Load burst;
    private final Load newest;
    private final History history;
    private final Instant now;
    private final int replicas;
    private final @Nullable Instant panicUntil;
    private final List<Proposal> proposals;
    private final int wanted;
    private final List<String> caps = new ArrayList<>();

    private Scaler(
            Scaling policy,
            ScalingState standing,
            Load load,
            Load burst,
            Load newest,
            History history,
            Instant now) {
        this.policy = policy;
        this.standing = standing;
        this.load = load;
        this.burst = burst;
        this.newest = newest;
        this.history = history;
        this.now = now;
        replicas = standing.replicas();
        panicUntil = panic();
        proposals =
                Stream.concat(
                                Stream.of(Metric.values())
                                        .flatMap(metric -> proposal(metric).stream()),
                                policy.metrics().stream().map(this::customProposal))
                        .toList();
        wanted =
                proposals.stream()
                        .map(Proposal::replicas)
                        .filter(Objects::nonNull)
                        .max(Comparator.naturalOrder())
                        .orElse(replicas);
    }

    /**
     * @param policy a policy with mode auto
     * @param load the load over the policy's window
     * @param burst the load over {@link #panicWindow}
     * @param newest the load in the newest reading
     */
    static Decision decide(
            Scaling policy,
            ScalingState standing,
            Load load,
            Load burst,
            Load newest,
            History history,
            Instant now) {
        return new Scaler(policy, standing, load, burst, newest, history, now).decide();
    }

    static Duration panicWindow(Scaling policy) {
        var tenth = policy.window().dividedBy(WINDOWS_IN_PANIC_WINDOW);
        return longer(tenth, SHORTEST_PANIC_WINDOW);
    }

    private Decision decide() {
        var heldUntil = standing.heldUntil();
        if (heldUntil != null && heldUntil.isAfter(now)) {
            return hold(
                    "keeps %d instances until %s, because an operator set this number"
                            .formatted(replicas, clockTime(heldUntil)));
        }
        if (replicas < policy.minReplicas()) {
            return change(
                    policy.minReplicas(), "minReplicas is %d".formatted(policy.minReplicas()));
        }
        if (replicas > policy.maxReplicas()) {
            return change(
                    policy.maxReplicas(), "maxReplicas is %d".formatted(policy.maxReplicas()));
        }
        var sleep = policy.sleep();
        if (sleep != null && replicas == 0) {
            return wakeUp();
        }
        if (sleep != null && isIdle(sleep)) {
            return change(
                    0,
                    "%s for %d s"
                            .formatted(
                                    policy.metrics().isEmpty() ? "no request" : "not needed",
                                    sleep.idle().toSeconds()));
        }
        if (proposals.isEmpty()) {
            return withoutTargets();
        }
        if (proposals.stream().allMatch(proposal -> proposal.replicas() == null)) {
            return hold(
                    load.ready() == 0
                            ? "keeps %d instances: none is ready, so the load is unknown"
                                    .formatted(replicas)
                            : "keeps %d instances: the load is not known yet".formatted(replicas));
        }
        if (wanted > replicas) {
            return out();
        }
        return wanted < replicas ? in() : hold(inBetween());
    }

    // Policies without a target, which only sleep or follow a schedule

    private Decision withoutTargets() {
        var least = policy.initial();
        if (replicas > least && !standing.rolling()) {
            return change(least, "minReplicas is %d".formatted(policy.minReplicas()));
        }
        var sleep = policy.sleep();
        return hold(
                sleep == null
                        ? "keeps %d instances: minReplicas is %d"
                                .formatted(replicas, policy.minReplicas())
                        : "keeps %d instances until there was no request for %d s"
                                .formatted(replicas, sleep.idle().toSeconds()));
    }

    // Sleep

    private Decision wakeUp() {
        var demand = standing.demand();
        if (demand != null && demand.waiting()) {
            return change(1, "a request woke the app");
        }
        for (var metric : policy.metrics()) {
            var value = measured(metric).value();
            if (value != null && value > 0) {
                return change(1, "%s is %s".formatted(metric.name(), amount(value)));
            }
        }
        return hold(
                policy.metrics().isEmpty()
                        ? "sleeps until a request arrives"
                        : "sleeps until it is needed");
    }

    private boolean isIdle(Sleep sleep) {
        var demand = standing.demand();
        return demand != null
                && !demand.waiting()
                && !standing.rolling()
                && demand.idle().compareTo(sleep.idle()) >= 0
                && policy.metrics().stream()
                        .allMatch(it -> measured(it).zeroFor().compareTo(sleep.idle()) >= 0);
    }

    private Measured measured(CustomMetric metric) {
        return standing.measured()
                .getOrDefault(metric.name(), Measured.unknown("it was not read yet"));
    }

    // What each metric proposes

    private Optional<Proposal> proposal(Metric metric) {
        var target = target(metric);
        if (target == null) {
            return Optional.empty();
        }
        var value = value(metric, target);
        return Optional.of(
                value == null
                        ? new Proposal(metric, null, target, null, null)
                        : new Proposal(
                                metric,
                                value.each(),
                                target,
                                percent(value, target),
                                proposed(metric, value, target)));
    }

    /** The number is that of all instances together, as with KEDA's metric type AverageValue. */
    private Proposal customProposal(CustomMetric metric) {
        var total = measured(metric).value();
        if (total == null) {
            return new Proposal(Metric.CUSTOM, null, metric.target(), null, null, metric.name());
        }
        var instances = Math.max(1, replicas);
        var value = new Load.Value(total / instances, instances);
        return new Proposal(
                Metric.CUSTOM,
                value.each(),
                metric.target(),
                percent(value, metric.target()),
                proposed(Metric.CUSTOM, value, metric.target()),
                metric.name());
    }

    private @Nullable Double target(Metric metric) {
        return switch (metric) {
            case REQUESTS -> policy.targetRpsPerReplica();
            case LATENCY -> policy.maxP95LatencyMs();
            case CPU -> policy.maxCpuPercent();
            case MEMORY -> policy.maxMemoryPercent();
            case CONNECTIONS -> policy.maxConnPerReplica();
            case CUSTOM -> null; // each has a target of its own
        };
    }

    /**
     * Returns the value to decide from. During a panic it is the higher of the two windows' values,
     * because the long window still includes the low load before the panic.
     */
    private Load.@Nullable Value value(Metric metric, double target) {
        var value = load.value(metric);
        var sudden = burst.value(metric);
        return panicUntil != null
                        && metric.shared()
                        && sudden != null
                        && (value == null || percent(sudden, target) > percent(value, target))
                ? sudden
                : value;
    }

    private static double percent(Load.Value value, double target) {
        return 100 * value.each() / target;
    }

    private int proposed(Metric metric, Load.Value value, double target) {
        var percent = percent(value, target);
        var aim = target * Math.min(policy.scaleOutThresholdPct(), 100) / 100;
        // While a rollout surges, the extra instances must not multiply a metric that is not
        // shared.
        var base = metric.shared() ? value.instances() : Math.min(value.instances(), replicas);
        if (percent > policy.scaleOutThresholdPct()) {
            var needed = ceil(base * value.each() / aim);
            // Latency rises steeply near the limit. Its ratio shows that more instances are needed,
            // but not how many.
            return metric == Metric.LATENCY ? Math.min(needed, 2 * base) : needed;
        }
        if (percent < policy.scaleInThresholdPct()) {
            return metric == Metric.LATENCY
                    ? replicas - 1 // there is spare capacity, but it is unknown how much
                    : Math.min(replicas, ceil(base * value.each() / (aim * (1 - TOLERANCE))));
        }
        return replicas;
    }

    private static int ceil(double instances) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceil(instances - 1e-9));
    }

    // Sudden load (panic)

    private @Nullable Instant panic() {
        if (Stream.of(Metric.values()).filter(Metric::shared).anyMatch(this::alarming)) {
            return now.plus(policy.window());
        }
        var before = history.panicUntil();
        return before != null && before.isAfter(now) ? before : null;
    }

    private boolean alarming(Metric metric) {
        var target = target(metric);
        var sudden = burst.value(metric);
        return target != null && sudden != null && percent(sudden, target) >= PANIC_PERCENT;
    }

    // Scaling out

    private Decision out() {
        var why = leading();
        var to = capped(wanted, policy.maxReplicas(), "maxReplicas is %d");
        to = capped(to, replicas + policy.maxScaleOutStep(), "maxScaleOutStep allows %d now");
        if (to == replicas) {
            return hold("keeps %d instances, the maximum allowed: %s".formatted(replicas, why));
        }
        var cooldown =
                panicUntil == null
                        ? policy.cooldown()
                        : shorter(policy.cooldown(), panicWindow(policy));
        var rested = after(history.scaledOutAt(), cooldown);
        if (rested.isAfter(now)) {
            caps.add("the cooldown lasts until " + clockTime(rested));
            return hold(
                    "scales out after %s, when the cooldown ends: %s"
                            .formatted(clockTime(rested), why));
        }
        var needed = Objects.requireNonNullElse(history.neededSince(), now);
        if (rising() && needed.plus(LONGEST_RISE).isAfter(now)) {
            caps.add("the load is still rising");
            return hold("waits for the end of the rise: " + why);
        }
        return change(to, panicUntil == null ? why : why + ", a sudden rise");
    }

    private boolean rising() {
        return Stream.of(Metric.values()).filter(Metric::shared).anyMatch(this::rising);
    }

    private boolean rising(Metric metric) {
        var sudden = burst.value(metric);
        var last = newest.value(metric);
        return target(metric) != null
                && sudden != null
                && last != null
                && last.each() > sudden.each() * (1 + TOLERANCE);
    }

    private int capped(int to, int limit, String cap) {
        if (to <= limit) {
            return to;
        }
        caps.add(cap.formatted(limit));
        return limit;
    }

    /** Describes the metric that asks for the most instances. */
    private String leading() {
        return proposals.stream()
                .filter(proposal -> proposal.replicas() != null)
                .max(Comparator.comparingInt(it -> Objects.requireNonNull(it.replicas())))
                .map(Scaler::words)
                .orElseThrow();
    }

    // Scaling in

    private Decision in() {
        var obstacle = obstacle();
        if (obstacle != null) {
            caps.add(obstacle);
            return hold(
                    "keeps %d instances although the load needs %d: %s"
                            .formatted(replicas, wanted, obstacle));
        }
        var lowest = history.highest(now.minus(policy.stabilizationWindow()), wanted);
        var to = raised(wanted, lowest, "the load needed %d within the stabilization window");
        to = raised(to, policy.minReplicas(), "minReplicas is %d");
        to = raised(to, 1, "%d stays until the app is idle");
        to = raised(to, replicas - policy.maxScaleInStep(), "maxScaleInStep allows %d now");
        if (to >= replicas) {
            return hold(
                    "keeps %d instances although the load needs %d: %s"
                            .formatted(replicas, wanted, caps.getLast()));
        }
        return change(
                to,
                "all metrics are below %d %%: %s"
                        .formatted(policy.scaleInThresholdPct(), leading()));
    }

    private @Nullable String obstacle() {
        var unknown =
                proposals.stream().filter(proposal -> proposal.replicas() == null).findFirst();
        if (unknown.isPresent()) {
            return unknown(unknown.get());
        }
        if (!load.complete()) {
            return "samples are missing from the last %d s".formatted(policy.window().toSeconds());
        }
        if (standing.rolling()) {
            return "a rollout is in progress";
        }
        if (panicUntil != null) {
            return "the load rose suddenly; no scaling in until " + clockTime(panicUntil);
        }
        var watched = history.since().plus(policy.stabilizationWindow());
        if (watched.isAfter(now)) {
            return "the load must first be observed for a whole stabilization window, until "
                    + clockTime(watched);
        }
        var rested =
                later(
                        after(history.scaledOutAt(), policy.cooldown()),
                        after(history.scaledInAt(), policy.cooldown()));
        return rested.isAfter(now) ? "the cooldown lasts until " + clockTime(rested) : null;
    }

    private String unknown(Proposal proposal) {
        var name = proposal.name();
        return name == null
                ? proposal.metric() + " is not known"
                : "%s is not known: %s".formatted(name, failure(name));
    }

    private String failure(String name) {
        var measured = standing.measured().get(name);
        return measured == null ? "it was not read yet" : measured.failure();
    }

    private int raised(int to, int limit, String cap) {
        if (to >= limit) {
            return to;
        }
        caps.add(cap.formatted(limit));
        return limit;
    }

    // Sentences for operators

    private String inBetween() {
        return "keeps %d instances: %s".formatted(replicas, leading());
    }

    /** Describes a proposal whose value is known. */
    private static String words(Proposal proposal) {
        return String.format(
                Locale.ROOT,
                "%s %s is %.0f %% of the target %s",
                amount(Objects.requireNonNull(proposal.value())),
                proposal.unit(),
                proposal.percent(),
                amount(proposal.target()));
    }

    /**
     * Formats a value with three significant digits. A value of 100 or more is printed as a whole
     * number, because {@code %.3g} would print large values with an exponent.
     */
    private static String amount(double value) {
        var plain = value >= 100 || value == Math.rint(value);
        return String.format(Locale.ROOT, plain ? "%.0f" : "%.3g", value);
    }

    private Decision change(int to, String why) {
        return to == replicas
                ? hold("keeps %d instances: %s".formatted(replicas, why))
                : decision(
                        to > replicas ? Outcome.OUT : Outcome.IN,
                        to,
                        "%s from %d to %d: %s"
                                .formatted(to > replicas ? "out" : "in", replicas, to, why));
    }

    private Decision hold(String reason) {
        return decision(Outcome.HOLD, replicas, reason);
    }

    private Decision decision(Outcome outcome, int to, String reason) {
        return new Decision(now, outcome, replicas, to, wanted, reason, proposals, caps, inputs());
    }

    private Inputs inputs() {
        return new Inputs(
                load.ready(),
                load.seen(),
                policy.window(),
                load.complete(),
                standing.rolling(),
                policy.dryRun(),
                panicUntil,
                standing.heldUntil(),
                history.scaledOutAt(),
                history.scaledInAt());
    }

    /**
     * Returns the time of day in UTC. The date is left out, because operators read the sentence
     * soon afterwards or next to its date.
     */
    private static String clockTime(Instant time) {
        return time.toString().substring(11, 19) + " UTC";
    }

    private static Instant after(@Nullable Instant last, Duration rest) {
        return last == null ? Instant.MIN : last.plus(rest);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
