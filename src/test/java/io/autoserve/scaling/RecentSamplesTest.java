package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static java.util.Comparator.comparing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Metric;
import io.autoserve.model.Sample;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Reads two instances once a second. Each answers 7 requests per second. */
class RecentSamplesTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private final RecentSamples recent = new RecentSamples();
    private final App app = Fixtures.app("web", 2);
    private final List<Instance> instances = List.of(ready(app, 0), ready(app, 1));
    private double memoryPercent = 50;

    @Test
    void an_app_that_does_not_scale_has_only_the_samples_that_are_shown_and_stored() {
        read(100, Map.of());

        var kept = recent.of(app.id(), Instant.EPOCH);
        assertThat(kept.getFirst().at()).isEqualTo(after(100).minus(RecentSamples.SHOWN));
        assertThat(kept.getLast().at()).isEqualTo(after(100));
        assertThat(recent.step(after(100), Duration.ofSeconds(10)))
                .hasSize(2)
                .allSatisfy(sample -> assertThat(sample.requests()).isEqualTo(70));
    }

    @Test
    void an_app_that_scales_has_its_whole_window_with_few_samples_of_the_older_part() {
        read(1_000, Map.of(app.id(), LONG));

        var kept = recent.of(app.id(), after(1_000).minus(LONG));
        assertThat(kept).hasSizeLessThan(2 * (80 + 60)).isSortedAccordingTo(comparing(Sample::at));
        var load = Load.of(kept, instances, LONG, after(1_000));
        assertThat(load.complete()).isTrue();
        assertThat(Objects.requireNonNull(load.value(Metric.REQUESTS)).each()).isEqualTo(7);
    }

    @Test
    void an_old_sample_counts_as_much_as_the_readings_that_it_combines() {
        memoryPercent = 80;
        read(1, 540, Map.of(app.id(), LONG));
        memoryPercent = 20;
        read(541, 600, Map.of(app.id(), LONG));

        var load = Load.of(recent.of(app.id(), NOON), instances, LONG, after(600));
        assertThat(Objects.requireNonNull(load.value(Metric.MEMORY)).each())
                .isCloseTo(74, within(0.5));
    }

    @Test
    void a_reading_that_is_missing_still_counts_as_missing_when_samples_are_combined() {
        read(500, Map.of(app.id(), LONG));
        for (var second = 520; second <= 1_000; second++) {
            read(second, second, Map.of(app.id(), LONG));
        }

        var kept = recent.of(app.id(), after(1_000).minus(LONG));
        assertThat(Load.of(kept, instances, LONG, after(1_000)).complete()).isFalse();
    }

    @Test
    void an_app_without_new_samples_is_forgotten() {
        read(100, Map.of(app.id(), LONG));
        recent.add(List.of(), Map.of(), after(200));

        assertThat(recent.of(app.id(), Instant.EPOCH)).isEmpty();
    }

    private void read(int seconds, Map<Long, Duration> windows) {
        read(1, seconds, windows);
    }

    private void read(int first, int last, Map<Long, Duration> windows) {
        for (var second = first; second <= last; second++) {
            var at = after(second);
            recent.add(
                    instances.stream().map(instance -> sample(instance, at)).toList(), windows, at);
        }
    }

    private static Instant after(int seconds) {
        return NOON.plusSeconds(seconds);
    }

    private Sample sample(Instance instance, Instant at) {
        return new Sample(
                instance.appId(),
                instance.id(),
                1,
                at,
                Duration.ofSeconds(1),
                7,
                Sample.NO_CLASSES,
                0,
                List.of(),
                null,
                memoryPercent,
                null);
    }
}
