package io.autoserve.scaling;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Replays a load in simulated time under a scaling rule. It shows how many instances the app would
 * have had and how many it would have needed. The same load and seed give the same result.
 */
public final class Simulation {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /**
     * @param capacity requests per second that one instance can answer
     * @param startUp time from the decision until a new instance serves its first request
     * @param busyCpuPercent CPU at full capacity, in percent of the instance's limit
     */
    public record Model(double capacity, Duration startUp, double busyCpuPercent) {
        public Model {
            if (!(capacity > 0)) {
                throw new IllegalArgumentException("capacity must be above 0, was " + capacity);
            }
        }
    }

    /** One second of one run. */
    public record Second(int second, double load, int replicas, int ready) {}

    /**
     * @param name name of the scaling rule
     * @param changes number of times that the number of instances changed
     * @param decisions the decisions that changed the number of instances; empty unless the rule is
     *     AutoServe's own
     * @param replicaHours total running time of all instances
     * @param lost share of the requests, 0 to 1, that found no ready instance or no room in the
     *     queue
     * @param behind share of the time, 0 to 1, in which fewer instances were ready than the load
     *     needed, and also fewer than {@code maxReplicas}
     */
    public record Run(
            String name,
            List<Second> seconds,
            int changes,
            List<Decision> decisions,
            double replicaHours,
            double lost,
            double behind) {}

    private final AppSpec spec;
    private final Model model;
    private final Trace trace;
    private final long seed;

    /**
     * @param model the model of one instance
     */
    public Simulation(AppSpec spec, Model model, Trace trace, long seed) {
        this.spec = spec;
        this.model = model;
        this.trace = trace;
        this.seed = seed;
    }

    /** Runs the spec's policy with AutoServe's own rule. */
    public Run policy() {
        return run(new Own());
    }

    public Run horizontalPodAutoscaler() {
        return run(new ReferenceScalers.HorizontalPodAutoscaler(spec.scaling(), perReplica()));
    }

    public Run knative() {
        return run(new ReferenceScalers.Knative(spec.scaling(), perReplica()));
    }

    /**
     * Runs a rule that is given the load in advance, including the load that arrives while an
     * instance starts.
     */
    public Run oracle() {
        return run(
                new ReferenceScalers.Oracle(spec.scaling(), perReplica(), trace, model.startUp()));
    }

    /** Returns the maximum requests per second that the policy allows on one instance. */
    double perReplica() {
        var policy = spec.scaling();
        var share = Math.min(policy.scaleOutThresholdPct(), 100) / 100.0;
        var target = policy.targetRpsPerReplica();
        var cpu = policy.maxCpuPercent();
        if (target != null) {
            return target * share;
        }
        return cpu == null
                ? model.capacity() * share
                : Math.min(1, cpu / model.busyCpuPercent()) * model.capacity() * share;
    }

    /** A scaling rule, which returns the desired number of instances each second. */
    interface Rule {
        String name();

        int wanted(SimulatedApp app, double load, int second, Instant now);

        default List<Decision> decisions() {
            return List.of();
        }
    }

    private Run run(Rule rule) {
        var app = new SimulatedApp(spec, model, START, new SplittableRandom(seed));
        app.scale(spec.scaling().initial(), START.minus(model.startUp()));
        var seconds = new ArrayList<Second>();
        var changes = 0;
        var behind = 0;
        var requests = 0.0;
        var loads = trace.requestsPerSecond();
        for (int second = 0; second < loads.size(); second++) {
            var now = START.plusSeconds(second + 1L);
            var load = loads.get(second);
            requests += load;
            app.serve(load, now);
            var wanted = rule.wanted(app, load, second, now);
            if (wanted != app.replicas()) {
                changes++;
                app.scale(wanted, now);
            }
            if (app.ready(now) * perReplica() < load * (1 - 1e-9)
                    && app.ready(now) < spec.scaling().maxReplicas()) {
                behind++;
            }
            seconds.add(new Second(second, load, app.replicas(), app.ready(now)));
        }
        return new Run(
                rule.name(),
                List.copyOf(seconds),
                changes,
                rule.decisions(),
                seconds.stream().mapToInt(Second::replicas).sum() / 3600.0,
                app.lost() / Math.max(1, requests),
                (double) behind / loads.size());
    }

    /** AutoServe's own rule. It calls the same functions as decisions about real apps. */
    private final class Own implements Rule {
        private History history = History.begin(START.minus(spec.scaling().stabilizationWindow()));
        private final List<Decision> decisions = new ArrayList<>();
        private Instant lastRequestAt = START;

        @Override
        public String name() {
            return "this policy";
        }

        @Override
        public int wanted(SimulatedApp app, double load, int second, Instant now) {
            var policy = spec.scaling();
            if (load > 0) {
                lastRequestAt = now;
            }
            var demand =
                    new Demand(
                            Duration.between(lastRequestAt, now), load > 0 && app.ready(now) == 0);
            var decision =
                    Deciding.decide(
                            policy,
                            new ScalingState(app.replicas(), false, null, demand),
                            app.samples(now.minus(policy.window())),
                            app.instances(now),
                            history,
                            now);
            history = history.after(decision, policy);
            if (decision.outcome() != Outcome.HOLD) {
                history = history.scaled(decision);
                decisions.add(decision);
            }
            return decision.to();
        }

        @Override
        public List<Decision> decisions() {
            return List.copyOf(decisions);
        }
    }
}
