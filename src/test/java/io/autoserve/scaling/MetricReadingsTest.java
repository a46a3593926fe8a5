package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

class MetricReadingsTest {
    private static final App WORKER =
            Fixtures.app(
                    SpecDraft.of("jobs")
                            .worker()
                            .scaling(
                                    new ScalingDraft()
                                            .auto(1, 10)
                                            .metrics(
                                                    new CustomMetric(
                                                            "queue",
                                                            new PostgresQuery("db", "select 1"),
                                                            50))
                                            .scaling())
                            .spec(),
                    1);

    private final Threads threads = new Threads();
    private final Deque<Double> numbers = new ArrayDeque<>();
    private Instant now = NOON;
    private final MetricReadings readings =
            new MetricReadings(
                    _ -> {
                        if (numbers.isEmpty()) {
                            throw new IllegalStateException("connection\nrefused");
                        }
                        return numbers.removeFirst();
                    },
                    () -> now,
                    threads);

    @Test
    void a_number_counts_until_it_is_too_old() {
        assertThat(queue().failure()).isEqualTo("it was not read yet");

        read(7);
        assertThat(queue()).isEqualTo(new Measured(7.0, Duration.ZERO, ""));

        now = now.plusSeconds(20);
        fail();
        assertThat(queue().value()).isEqualTo(7);

        now = now.plusMillis(1);
        assertThat(queue()).isEqualTo(Measured.unknown("connection refused"));
    }

    @Test
    void a_number_is_0_since_the_first_of_the_last_zeros() {
        read(7);
        now = now.plusSeconds(5);
        read(0);
        now = now.plusSeconds(5);
        read(0);

        assertThat(queue()).isEqualTo(new Measured(0.0, Duration.ofSeconds(5), ""));

        read(1);
        assertThat(queue().zeroFor()).isZero();
    }

    @Test
    void a_number_that_was_not_known_for_long_is_0_only_since_then() {
        read(0);
        now = now.plusSeconds(20);
        read(0);
        assertThat(queue().zeroFor()).isEqualTo(Duration.ofSeconds(20));

        now = now.plusSeconds(21);
        read(0);
        assertThat(queue().zeroFor()).isZero();
    }

    @Test
    void a_system_that_does_not_answer_is_not_asked_again_meanwhile() {
        readings.read(List.of(WORKER));
        readings.read(List.of(WORKER));

        assertThat(threads.tasks).hasSize(1);
    }

    @Test
    void the_numbers_of_apps_that_are_gone_are_forgotten() {
        read(7);
        readings.read(List.of());

        assertThat(queue().failure()).isEqualTo("it was not read yet");
    }

    private Measured queue() {
        return readings.of(WORKER, now).values().iterator().next();
    }

    private void read(double number) {
        numbers.add(number);
        fail();
    }

    /** Reads without a number unless there is one. */
    private void fail() {
        readings.read(List.of(WORKER));
        threads.runAll();
    }

    /** Runs tasks only when the test says so. */
    private static final class Threads implements Time {
        private final List<Runnable> tasks = new ArrayList<>();

        void runAll() {
            var begun = List.copyOf(tasks);
            tasks.clear();
            begun.forEach(Runnable::run);
        }

        @Override
        public void start(String name, Runnable task) {
            tasks.add(task);
        }

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void pause(Duration length) {}

        @Override
        public boolean rest(Semaphore wakes, Duration longest) {
            return false;
        }

        @Override
        public void after(Duration delay, Executor executor, Runnable task) {}

        @Override
        public <T> Future<T> within(Duration patience, Future<T> answer) {
            return answer;
        }
    }
}
