package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.testing.ScalingDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Works through a queue that grows a hundredfold at once, with workers that are scaled on its
 * length. Compares AutoServe's rule with that of KEDA on the same jobs. A worker does five jobs in
 * a second, and starts within two seconds.
 */
class QueueScalingTest {
    private static final int TARGET = 50;
    private static final int MOST = 20;
    private static final int RISE = 120;
    private static final int LAST_JOB = 900;
    private static final int SECONDS = 1800;

    /** Returns the number of workers that are desired from this second on. */
    private interface WorkerRule {
        int desired(int second, double queue, int workers);
    }

    /**
     * @param doneAt the second after the rise in which one worker was enough for the queue
     * @param workerSeconds total running time of all workers
     * @param left number of workers at the end
     */
    private record WorkedOff(int doneAt, int workerSeconds, int left) {}

    @Test
    void a_queue_that_grows_a_hundredfold_is_worked_off_and_the_workers_go() {
        var run = run(new AutoServe());

        assertThat(run.doneAt()).isLessThan(RISE + 90);
        assertThat(run.left()).isZero();
    }

    @Test
    void the_queue_is_shorter_no_later_than_with_keda_and_costs_less() {
        var ours = run(new AutoServe());
        var keda = run(new Keda());

        assertThat(keda.left()).isZero();
        assertThat(ours.doneAt()).isLessThanOrEqualTo(keda.doneAt());
        assertThat(ours.workerSeconds()).isLessThan(keda.workerSeconds());
    }

    private static int jobs(int second) {
        return second == RISE ? 100 * TARGET : second < LAST_JOB ? 1 : 0;
    }

    private static WorkedOff run(WorkerRule rule) {
        var readyAt = new ArrayList<Integer>();
        var queue = 0.0;
        var doneAt = SECONDS;
        var workerSeconds = 0;
        for (var second = 0; second < SECONDS; second++) {
            var now = second;
            var ready = readyAt.stream().filter(at -> at <= now).count();
            queue = Math.max(0, queue + jobs(second) - 5.0 * ready);
            var desired = rule.desired(second, queue, readyAt.size());
            while (readyAt.size() < desired) {
                readyAt.add(second + 2);
            }
            while (readyAt.size() > desired) {
                readyAt.removeLast();
            }
            workerSeconds += readyAt.size();
            if (second > RISE && queue < TARGET) {
                doneAt = Math.min(doneAt, second);
            }
        }
        return new WorkedOff(doneAt, workerSeconds, readyAt.size());
    }

    /** The rule of this platform, which reads the length of the queue every five seconds. */
    private static final class AutoServe implements WorkerRule {
        private static final Scaling POLICY =
                new ScalingDraft()
                        .sleepsAfter(Duration.ofSeconds(60))
                        .auto(0, MOST)
                        .metrics(
                                new CustomMetric(
                                        "queue", new PostgresQuery("db", "select 1"), TARGET))
                        .cooldown(Duration.ofSeconds(10))
                        .steps(MOST, MOST)
                        .stabilization(Duration.ofSeconds(60))
                        .scaling();

        private History history = History.begin(NOON.minusSeconds(3600));
        private Measured measured = Measured.unknown("it was not read yet");
        private int zeroSince;

        @Override
        public int desired(int second, double queue, int workers) {
            var now = NOON.plusSeconds(second);
            if (queue > 0) {
                zeroSince = second + 1;
            }
            if (second % 5 == 0) {
                measured =
                        new Measured(
                                queue, Duration.ofSeconds(Math.max(0, second - zeroSince)), "");
            }
            var load = new Load(workers, POLICY.window(), true, Map.of());
            var state =
                    new ScalingState(workers, false, null, Demand.NONE, Map.of("queue", measured));
            var decision = Scaler.decide(POLICY, state, load, load, load, history, now);
            history = history.after(decision, POLICY);
            if (decision.outcome() != Outcome.HOLD) {
                history = history.scaled(decision);
            }
            return decision.to();
        }
    }

    /**
     * KEDA with its defaults. It looks every 30 s whether a worker is needed at all, and removes
     * the last one 300 s after it was. In between, the Kubernetes HPA decides every 15 s, with its
     * own defaults; see {@link ReferenceScalers.HorizontalPodAutoscaler}.
     */
    private static final class Keda implements WorkerRule {
        private final Map<Instant, Integer> proposals = new HashMap<>();
        private int neededAt;

        @Override
        public int desired(int second, double queue, int workers) {
            if (second % 30 == 0) {
                neededAt = queue > 0 ? second : neededAt;
                if (workers == 0 && queue > 0) {
                    return 1;
                }
                if (queue == 0 && second - neededAt >= 300) {
                    return 0;
                }
            }
            return workers == 0 || second % 15 != 0 ? workers : hpa(second, queue, workers);
        }

        private int hpa(int second, double queue, int workers) {
            var ratio = queue / (workers * TARGET);
            var wanted =
                    Math.abs(ratio - 1) <= 0.1
                            ? workers
                            : Math.clamp((long) Math.ceil(queue / TARGET), 1, MOST);
            var now = NOON.plusSeconds(second);
            proposals.put(now, wanted);
            proposals.keySet().removeIf(at -> !at.isAfter(now.minusSeconds(300)));
            if (wanted > workers) {
                return Math.min(wanted, Math.max(2 * workers, workers + 4));
            }
            var highest = proposals.values().stream().max(Integer::compare).orElseThrow();
            return Math.min(workers, highest);
        }
    }
}
