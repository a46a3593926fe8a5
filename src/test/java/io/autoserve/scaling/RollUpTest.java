package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.Sample;
import io.autoserve.store.LoadTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Combines fine samples of one instance, from noon on. */
class RollUpTest {
    private static final long REQUESTS = 5;

    private final List<Sample> fine = new ArrayList<>();

    @Test
    void a_minute_with_requests_is_a_sample_of_its_own() {
        minute(1, REQUESTS, 10);
        minute(2, REQUESTS, 10);

        assertThat(written(2)).containsExactly("1: 1 min, 30 requests", "2: 1 min, 30 requests");
    }

    @Test
    void idle_minutes_become_one_sample_that_ends_with_the_ten_minutes() {
        for (var number = 1; number <= 10; number++) {
            minute(number, 0, 10);
        }

        assertThat(written(9)).isEmpty();
        assertThat(written(10)).containsExactly("10: 10 min, 0 requests");
    }

    @Test
    void a_request_ends_the_idle_minutes_before_it() {
        minute(1, 0, 10);
        minute(2, 0, 10);
        minute(3, REQUESTS, 10);

        assertThat(written(3)).containsExactly("2: 2 min, 0 requests", "3: 1 min, 30 requests");
    }

    @Test
    void another_use_of_cpu_ends_the_idle_minutes_before_it() {
        minute(1, 0, 10);
        minute(2, 0, 10.5);
        minute(3, 0, 50);
        minute(4, REQUESTS, 50);

        assertThat(written(4))
                .containsExactly(
                        "2: 2 min, 0 requests", "3: 1 min, 0 requests", "4: 1 min, 30 requests");
    }

    @Test
    void the_end_of_an_instance_ends_its_idle_minutes() {
        minute(1, 0, 10);
        minute(2, 0, 10);

        assertThat(written(3)).containsExactly("2: 2 min, 0 requests");
    }

    @Test
    void a_new_leader_repeats_the_samples_of_its_predecessor() {
        minute(1, REQUESTS, 10);
        minute(2, 0, 10);
        minute(3, 0, 10);
        minute(4, REQUESTS, 10);
        minute(5, 0, 10);
        var first = RollUp.before(after(1));
        var predecessor = new ArrayList<Sample>();
        for (var number = 1; number <= 4; number++) {
            predecessor.addAll(
                    first.combined(between(first.until(), after(number)), after(number)));
        }

        var next = RollUp.before(after(5));
        assertThat(next.combined(between(next.until(), after(5)), after(5)))
                .isEqualTo(predecessor)
                .hasSize(3);
    }

    /** The predecessor stopped before it could write the idle minutes of the ten minutes. */
    @Test
    void a_new_leader_writes_the_idle_minutes_of_the_ten_minutes_before() {
        for (var number = 1; number <= 15; number++) {
            minute(number, 0, 10);
        }

        assertThat(RollUp.before(after(6)).until()).isEqualTo(NOON);
        assertThat(RollUp.before(after(11)).until()).isEqualTo(NOON);
        assertThat(RollUp.before(after(15)).until()).isEqualTo(NOON);
        assertThat(RollUp.before(after(16)).until()).isEqualTo(after(10));
        assertThat(RollUp.before(after(11)).combined(fine, after(11)))
                .extracting(Sample::at, Sample::span)
                .containsExactly(tuple(after(10), Duration.ofMinutes(10)));
    }

    /** Adds the six fine samples of the minute with this number. */
    private void minute(int number, long requests, double cpuPercent) {
        for (var second = 10; second <= 60; second += 10) {
            fine.add(
                    new Sample(
                            1,
                            100,
                            1,
                            after(number - 1).plusSeconds(second),
                            LoadTable.FINE,
                            requests,
                            Sample.NO_CLASSES,
                            0,
                            List.of(),
                            cpuPercent,
                            20.0,
                            1_000L));
        }
    }

    private List<String> written(int minutes) {
        return RollUp.before(after(1))
                .combined(between(NOON, after(minutes)), after(minutes))
                .stream()
                .map(sample ->
                        "%d: %d min, %d requests"
                                .formatted(
                                        Duration.between(NOON, sample.at()).toMinutes(),
                                        sample.span().toMinutes(),
                                        sample.requests()))
                .toList();
    }

    private List<Sample> between(Instant from, Instant to) {
        return fine.stream()
                .filter(sample -> sample.at().isAfter(from) && !sample.at().isAfter(to))
                .toList();
    }

    private static Instant after(int minutes) {
        return NOON.plus(Duration.ofMinutes(minutes));
    }
}
