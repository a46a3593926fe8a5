package io.autoserve.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Latency;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrafficTest {

    private static final Instant BOOT = Instant.EPOCH;

    private final AtomicLong nanoTime = new AtomicLong();
    private final Traffic traffic = new Traffic(nanoTime::get);

    @Test
    void counts_what_came_since_it_began_to_read() {
        read(BOOT, Map.of(1L, answered("shop", 100)));
        read(BOOT, Map.of(1L, answered("shop", 103)));
        assertThat(requests("shop")).isEqualTo(3);
    }

    @Test
    void counts_an_instance_that_is_new_from_its_first_request() {
        read(BOOT, Map.of(1L, answered("shop", 100)));
        read(BOOT, Map.of(1L, answered("shop", 101), 2L, answered("shop", 5)));
        assertThat(requests("shop")).isEqualTo(6);
    }

    @Test
    void never_counts_backwards_when_an_instance_goes() {
        read(BOOT, Map.of(1L, answered("shop", 0), 2L, answered("shop", 0)));
        read(BOOT, Map.of(1L, answered("shop", 7), 2L, answered("shop", 3)));
        read(BOOT, Map.of(1L, answered("shop", 8)));
        assertThat(requests("shop")).isEqualTo(11);
    }

    @Test
    void goes_on_when_nginx_was_started_anew() {
        read(BOOT, Map.of(1L, answered("shop", 0)));
        read(BOOT, Map.of(1L, answered("shop", 50)));
        read(BOOT.plusSeconds(9), Map.of(1L, answered("shop", 2)));
        assertThat(requests("shop")).isEqualTo(52);
    }

    @Test
    void keeps_nothing_of_an_app_that_is_gone() {
        read(BOOT, Map.of(1L, answered("shop", 1), 2L, answered("blog", 1)));
        traffic.retain(List.of("blog"));
        assertThat(traffic.of("shop")).isEmpty();
        assertThat(traffic.of("blog")).isPresent();
    }

    @Test
    void tells_the_latency_of_the_last_minute_alone() {
        read(BOOT, Map.of(1L, answered("shop", 0)));
        read(BOOT, Map.of(1L, answered("shop", 40)));
        for (var second = 0; second < 70; second += 5) {
            nanoTime.addAndGet(Duration.ofSeconds(5).toNanos());
            read(BOOT, Map.of(1L, answered("shop", 40)));
        }
        assertThat(traffic.of("shop").orElseThrow().recent().requests()).isZero();
    }

    private void read(Instant boot, Map<Long, OfInstance> instances) {
        traffic.read(new Counters(boot, new Version(1, 1, 1), instances));
    }

    private long requests(String app) {
        return traffic.of(app).orElseThrow().classes().get(1);
    }

    private static OfInstance answered(String app, long requests) {
        var buckets = new ArrayList<>(Latency.NONE.counts());
        buckets.set(60, requests);
        return new OfInstance(
                app,
                1,
                true,
                0,
                requests,
                List.of(0L, requests, 0L, 0L, 0L),
                0,
                0,
                0,
                new Latency(buckets));
    }
}
