package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AllLoadsTest {
    private final List<Sample> table = new ArrayList<>();
    private final List<Duration> reads = new ArrayList<>();
    private Instant now = NOON;
    private final AllLoads loads = new AllLoads(this::fine, () -> now);

    @Test
    void only_the_last_steps_are_read_again() {
        run(1_000);

        loads.now();
        run(10);
        var next = loads.now();

        assertThat(reads).containsExactly(Duration.ofMinutes(10), Duration.ofSeconds(40));
        assertThat(next).isEqualTo(new AllLoads(this::fine, () -> now).now());
        assertThat(next.apps().get(1L)).hasSize(60);
    }

    @Test
    void a_step_that_is_written_late_is_not_missed() {
        run(1_000);
        var late = table.removeLast();
        loads.now();

        table.add(late);
        run(10);

        assertThat(loads.now()).isEqualTo(new AllLoads(this::fine, () -> now).now());
    }

    @Test
    void an_app_without_samples_for_ten_minutes_is_left_out() {
        run(1_000);
        loads.now();
        now = now.plusSeconds(595);
        assertThat(loads.now().apps().get(1L)).hasSize(1);

        now = now.plusSeconds(10);

        assertThat(loads.now().apps()).isEmpty();
    }

    @Test
    void everything_is_read_again_after_the_clock_was_set_back() {
        run(1_000);
        loads.now();
        now = now.minusSeconds(300);

        assertThat(loads.now()).isEqualTo(new AllLoads(this::fine, () -> now).now());
    }

    /** Lets time pass, in which the app answers 20 requests in each step. */
    private void run(int seconds) {
        for (var passed = 0; passed < seconds; passed += 10) {
            now = now.plusSeconds(10);
            table.add(
                    new Sample(
                            1,
                            100,
                            1,
                            now,
                            Duration.ofSeconds(10),
                            20,
                            Sample.NO_CLASSES,
                            0,
                            List.of(),
                            null,
                            null,
                            null));
        }
    }

    private List<Sample> fine(Instant from, Instant to) {
        reads.add(Duration.between(from, to));
        return table.stream()
                .filter(sample -> sample.at().isAfter(from) && !sample.at().isAfter(to))
                .toList();
    }
}
