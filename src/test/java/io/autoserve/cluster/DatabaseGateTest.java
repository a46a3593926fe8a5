package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseGateTest {
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofSeconds(2));
    private static final Duration QUICK = Duration.ofMillis(20);

    private final Random random = new Random(1);

    @Test
    void a_failure_shuts_the_gate_for_a_pause_and_keeps_its_reason() {
        var gate = DatabaseGate.open(0).failed("refused", BACKOFF, random, 0);

        assertThat(gate.isOpen(0)).isFalse();
        assertThat(gate.isOpen(Duration.ofMillis(200).toNanos())).isTrue();
        assertThat(gate.reason()).isEqualTo("refused");
    }

    @Test
    void a_success_opens_it_and_the_next_pause_is_short_again() {
        var gate = failedOften();

        gate = gate.succeeded(QUICK, 0);

        assertThat(gate.isOpen(0)).isTrue();
        assertThat(gate.failed("", BACKOFF, random, 0).isOpen(Duration.ofMillis(200).toNanos()))
                .isTrue();
    }

    @Test
    void a_success_of_another_path_opens_it() {
        assertThat(failedOften().opened(0).isOpen(0)).isTrue();
    }

    private DatabaseGate failedOften() {
        var gate = DatabaseGate.open(0);
        for (var failures = 0; failures < 9; failures++) {
            gate = gate.failed("refused", BACKOFF, random, 0);
        }
        assertThat(gate.isOpen(0)).isFalse();
        return gate;
    }

    @Test
    void a_missed_deadline_gives_the_next_attempt_twice_the_time_up_to_half_a_minute() {
        var gate = DatabaseGate.open(0);
        for (var seconds : new int[] {2, 4, 8, 16, 30, 30}) {
            assertThat(gate.deadline()).hasSeconds(seconds);
            gate = gate.missed("late", BACKOFF, random, 0);
        }
    }

    @Test
    void successes_bring_the_deadline_back() {
        var gate = DatabaseGate.open(0).missed("late", BACKOFF, random, 0);

        for (var successes = 0; successes < 8; successes++) {
            gate = gate.succeeded(QUICK, 0);
        }

        assertThat(gate.deadline()).hasSeconds(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void an_attempt_always_gets_more_time_than_the_latest_successes_took(int seed) {
        var chance = new Random(seed);
        var gate = DatabaseGate.open(0);
        var latest = new ArrayDeque<Duration>();
        for (var step = 0; step < 1000; step++) {
            switch (chance.nextInt(3)) {
                case 0 -> gate = gate.failed("refused", BACKOFF, chance, step);
                case 1 -> gate = gate.missed("late", BACKOFF, chance, step);
                default -> {
                    var took = Duration.ofMillis(chance.nextLong(gate.deadline().toMillis()));
                    gate = gate.succeeded(took, step);
                    latest.addLast(took);
                    if (latest.size() > 8) {
                        latest.removeFirst();
                    }
                }
            }
            var deadline = gate.deadline();
            assertThat(deadline).isBetween(DatabaseGate.SHORTEST, DatabaseGate.LONGEST);
            assertThat(latest)
                    .as("seed %d, step %d", seed, step)
                    .allMatch(it -> it.compareTo(deadline) < 0);
        }
    }

    /**
     * Three controllers with two databases each make at most ten attempts a second, so one gate may
     * let through 1.6 a second in the long run.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void without_a_success_few_attempts_get_through(int seed) {
        var chance = new Random(seed);
        var gate = DatabaseGate.open(0);
        var attempts = 0;
        var minute = Duration.ofMinutes(1).toNanos();
        for (var now = 0L; now < minute; now += 1_000_000) {
            if (gate.isOpen(now)) {
                attempts++;
                gate = gate.failed("refused", BACKOFF, chance, now);
            }
        }
        assertThat(attempts).as("seed %d", seed).isBetween(20, 60 * 16 / 10);
    }
}
