package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import io.autoserve.model.Version;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Latency;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MeterTest {
    private static final Instance FIRST = Fixtures.ready(Fixtures.app("shop", 2), 0);
    private static final Instance SECOND = Fixtures.ready(Fixtures.app("shop", 2), 1);

    private final Meter meter = new Meter();

    @Test
    void counts_what_came_since_the_last_reading() {
        read(0, NOON, counted(FIRST, 100, 90, 10, 50));
        var sample = read(1, NOON, counted(FIRST, 150, 130, 20, 50)).getFirst();

        assertThat(sample.requests()).isEqualTo(50);
        assertThat(sample.classes()).containsExactly(0L, 40L, 0L, 0L, 10L);
        assertThat(sample.errors()).isEqualTo(10);
        assertThat(sample.span()).isEqualTo(Duration.ofSeconds(1));
        assertThat(sample.latency()).containsExactly(50, 50);
    }

    @Test
    void says_nothing_at_its_first_reading_since_nobody_knows_how_old_the_totals_are() {
        assertThat(read(0, NOON, counted(FIRST, 100, 100, 0, 50))).isEmpty();
    }

    @Test
    void begins_anew_when_nginx_was_started_anew() {
        read(0, NOON, counted(FIRST, 100, 100, 0, 50));
        assertThat(read(1, NOON.plusSeconds(1), counted(FIRST, 5, 5, 0, 50))).isEmpty();
        assertThat(read(2, NOON.plusSeconds(1), counted(FIRST, 8, 8, 0, 50)).getFirst().requests())
                .isEqualTo(3);
    }

    @Test
    void counts_all_of_an_instance_that_is_new() {
        read(0, NOON);
        assertThat(read(1, NOON, counted(FIRST, 7, 7, 0, 50)).getFirst().requests()).isEqualTo(7);
    }

    @Test
    void a_worker_is_measured_although_nginx_does_not_know_it() {
        var worker = Fixtures.app(SpecDraft.of("jobs").worker().spec(), 2);
        var instances = List.of(Fixtures.ready(worker, 0), Fixtures.starting(worker, 1));
        var uses = Map.of(instances.getFirst().id(), new Use(50.0, 25.0, 1000L));
        var nothing = new Counters(NOON, new Version(1, 1, 1), Map.of());

        meter.read(NOON, nothing, uses, instances);
        var samples = meter.read(NOON.plusSeconds(1), nothing, uses, instances);

        assertThat(samples).hasSize(1);
        assertThat(samples.getFirst().cpuPercent()).isEqualTo(50);
        assertThat(samples.getFirst().requests()).isZero();
    }

    @Test
    void a_percentile_of_two_instances_is_that_of_all_their_requests() {
        read(0, NOON);
        var samples =
                read(1, NOON, counted(FIRST, 990, 990, 0, 40), counted(SECOND, 10, 10, 0, 120));

        var together = Latencies.milliseconds(Latencies.merged(samples), 0.95);
        var fast = Latencies.milliseconds(samples.getFirst().latency(), 0.95);
        var slow = Latencies.milliseconds(samples.getLast().latency(), 0.95);
        assertThat(together).isEqualTo(fast).isCloseTo(1.13, withPercentage(4));
        assertThat(slow).isGreaterThan(500);
    }

    private List<Sample> read(int second, Instant boot, Counters.OfInstance... counted) {
        var byId = new HashMap<Long, Counters.OfInstance>();
        for (var one : counted) {
            byId.put(one.revision() == 1 ? FIRST.id() : SECOND.id(), one);
        }
        return meter.read(
                NOON.plusSeconds(second),
                new Counters(boot, new Version(1, 1, 1), byId),
                Map.of(),
                List.of(FIRST, SECOND));
    }

    /**
     * Returns counters of an instance. {@link #FIRST} has revision 1, and {@link #SECOND} has
     * revision 2.
     */
    private static Counters.OfInstance counted(
            Instance instance, long tries, long good, long bad, int bucket) {
        var latency = new ArrayList<>(Latency.NONE.counts());
        latency.set(bucket, tries);
        return new Counters.OfInstance(
                "shop",
                instance.equals(FIRST) ? 1 : 2,
                true,
                0,
                tries,
                List.of(0L, good, 0L, 0L, bad),
                0,
                0,
                0,
                new Latency(latency));
    }
}
