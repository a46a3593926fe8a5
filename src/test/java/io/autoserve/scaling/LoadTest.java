package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.autoserve.model.Instance;
import io.autoserve.model.Metric;
import io.autoserve.model.Sample;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests how the load of an app is computed from samples, whenever the samples were taken. */
class LoadTest {
    private static final double REQUESTS_PER_SECOND = 60;

    /**
     * A sample is taken about once a second, so a window of two seconds contains the ends of two or
     * three samples.
     */
    @ParameterizedTest(name = "window of {0} s")
    @ValueSource(ints = {2, 10, 60})
    void a_steady_load_is_measured_the_same_at_any_moment(int window) {
        var app = Fixtures.app("web", 4);
        var instances = List.of(ready(app, 0), ready(app, 1), ready(app, 2), ready(app, 3));
        var random = new SplittableRandom(1);
        var at = NOON.minusSeconds(100);
        var samples = new ArrayList<Sample>();
        for (var reading = 0; reading < 2000; reading++) {
            var span = Duration.ofMillis(900 + random.nextInt(200));
            at = at.plus(span);
            for (var instance : instances) {
                samples.add(sample(instance, at, span));
            }
            var load = Load.of(samples, instances, Duration.ofSeconds(window), at);
            assertThat(Objects.requireNonNull(load.value(Metric.REQUESTS)).each())
                    .isCloseTo(REQUESTS_PER_SECOND / 4, within(0.5));
            assertThat(Objects.requireNonNull(load.value(Metric.CONNECTIONS)).each())
                    .isCloseTo(3, within(0.01));
            var oldest = at.minusSeconds(window);
            samples.removeIf(sample -> sample.at().isBefore(oldest));
        }
    }

    private static Sample sample(Instance instance, Instant at, Duration span) {
        return new Sample(
                instance.appId(),
                instance.id(),
                1,
                at,
                span,
                Math.round(REQUESTS_PER_SECOND / 4 * span.toNanos() / 1e9),
                Sample.NO_CLASSES,
                3,
                List.of(),
                null,
                null,
                null);
    }
}
