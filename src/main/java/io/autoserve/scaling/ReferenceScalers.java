package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The rules of other autoscalers with their default settings, and an oracle, which is given the
 * load in advance. All of them aim at the same load per instance.
 */
final class ReferenceScalers {
    private ReferenceScalers() {}

    private static int needed(Scaling policy, double load, double perReplica) {
        return clamp(policy, (int) Math.ceil(load / perReplica - 1e-9));
    }

    private static int clamp(Scaling policy, int replicas) {
        return Math.clamp(replicas, policy.initial(), policy.maxReplicas());
    }

    private static double mean(List<Double> loads, int last) {
        return loads.subList(Math.max(0, loads.size() - last), loads.size()).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(0);
    }

    /**
     * The Kubernetes HPA, autoscaling/v2 with its defaults. It decides every 15 s with a tolerance
     * of 0.1. In 15 s it at most doubles the number of instances or adds 4, whichever is more. It
     * scales in no lower than the highest proposal of the last 300 s.
     */
    static final class HorizontalPodAutoscaler implements Simulation.Rule {
        private static final int PERIOD = 15;
        private static final double TOLERANCE = 0.1;
        private static final int STABILIZATION = 300;

        private final Scaling policy;
        private final double perReplica;
        private final List<Double> loads = new ArrayList<>();
        private final Deque<Integer> proposals = new ArrayDeque<>();

        HorizontalPodAutoscaler(Scaling policy, double perReplica) {
            this.policy = policy;
            this.perReplica = perReplica;
        }

        @Override
        public String name() {
            return "Kubernetes HPA";
        }

        @Override
        public int wanted(SimulatedApp app, double load, int second, Instant now) {
            loads.add(load);
            var replicas = app.replicas();
            if (second % PERIOD != PERIOD - 1) {
                return replicas;
            }
            var total = mean(loads, PERIOD);
            var ratio = total / (replicas * perReplica);
            var proposal =
                    Math.abs(ratio - 1) <= TOLERANCE ? replicas : needed(policy, total, perReplica);
            proposals.add(proposal);
            while (proposals.size() > STABILIZATION / PERIOD) {
                proposals.removeFirst();
            }
            return proposal >= replicas
                    ? clamp(policy, Math.min(proposal, Math.max(2 * replicas, replicas + 4)))
                    : Math.min(replicas, proposals.stream().reduce(proposal, Math::max));
        }
    }

    /**
     * Knative's autoscaler with its defaults, on requests per second. It decides every 2 s from the
     * mean load of the last 60 s. If the load of the last 6 s needs at least twice the ready
     * instances, a panic begins. During a panic it uses the last 6 s and does not scale in.
     * Otherwise it scales in by at most half at a time.
     */
    static final class Knative implements Simulation.Rule {
        private static final int PERIOD = 2;
        private static final int STABLE = 60;
        private static final int PANIC = 6;

        private final Scaling policy;
        private final double perReplica;
        private final List<Double> loads = new ArrayList<>();
        private int panicUntil = Integer.MIN_VALUE;
        private int mostInPanic;

        Knative(Scaling policy, double perReplica) {
            this.policy = policy;
            this.perReplica = perReplica;
        }

        @Override
        public String name() {
            return "Knative";
        }

        @Override
        public int wanted(SimulatedApp app, double load, int second, Instant now) {
            loads.add(load);
            if (second % PERIOD != PERIOD - 1) {
                return app.replicas();
            }
            var ready = Math.max(1, app.ready(now));
            var lowest = ready / 2;
            var stable = Math.max(lowest, needed(policy, mean(loads, STABLE), perReplica));
            var sudden = Math.max(lowest, needed(policy, mean(loads, PANIC), perReplica));
            if ((double) sudden / ready >= 2) {
                if (second > panicUntil) {
                    mostInPanic = 0;
                }
                panicUntil = second + STABLE;
            }
            if (second > panicUntil) {
                return clamp(policy, stable);
            }
            mostInPanic = Math.max(mostInPanic, Math.max(sudden, ready));
            return clamp(policy, mostInPanic);
        }
    }

    /** Starts each instance so that it is ready in time, and keeps none longer than needed. */
    static final class Oracle implements Simulation.Rule {
        private final Scaling policy;
        private final double perReplica;
        private final Trace trace;
        private final int ahead;

        Oracle(Scaling policy, double perReplica, Trace trace, Duration startUp) {
            this.policy = policy;
            this.perReplica = perReplica;
            this.trace = trace;
            ahead = Math.toIntExact(startUp.toSeconds()) + 1;
        }

        @Override
        public String name() {
            return "oracle";
        }

        @Override
        public int wanted(SimulatedApp app, double load, int second, Instant now) {
            var loads = trace.requestsPerSecond();
            return loads.subList(second, Math.min(loads.size(), second + ahead + 1)).stream()
                    .mapToInt(coming -> needed(policy, coming, perReplica))
                    .max()
                    .orElseThrow();
        }
    }
}
