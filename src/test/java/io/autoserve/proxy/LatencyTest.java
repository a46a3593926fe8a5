package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyTest {

    @ParameterizedTest(name = "{0} ms")
    @ValueSource(doubles = {0.2, 1, 1.5, 7, 50, 333, 2_500, 60_000})
    void a_quantile_is_right_within_five_percent(double milliseconds) {
        var p95 = all(milliseconds, 100).quantile(0.95);

        assertThat(p95.toNanos() / 1e6).isBetween(milliseconds * 0.95, milliseconds * 1.05);
    }

    @Test
    void the_slow_ones_decide_the_high_quantiles() {
        var mixed = all(2, 94).plus(all(300, 6));

        assertThat(mixed.quantile(0.5)).isBetween(Duration.ofMillis(1), Duration.ofMillis(3));
        assertThat(mixed.quantile(0.95)).isBetween(Duration.ofMillis(285), Duration.ofMillis(315));
    }

    @Test
    void a_reading_without_the_one_before_it_is_what_came_between() {
        assertThat(all(2, 94).plus(all(300, 6)).minus(all(2, 94))).isEqualTo(all(300, 6));
    }

    @Test
    void without_requests_there_is_no_latency() {
        assertThat(Latency.NONE.quantile(0.95)).isZero();
    }

    /** Counts requests as nginx does in latency.lua. */
    private static Latency all(double milliseconds, long requests) {
        var counts = new ArrayList<>(Collections.nCopies(Latency.BUCKETS, 0L));
        var bucket = (int) Math.floor(Math.log(milliseconds / 0.05) / Math.log(1.08));
        counts.set(Math.clamp(bucket, 0, Latency.BUCKETS - 1), requests);
        return new Latency(counts);
    }
}
