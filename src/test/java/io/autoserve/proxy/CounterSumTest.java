package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Counters.Visits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CounterSumTest {
    private static final Instant BOOT = Instant.parse("2026-01-01T00:00:00Z");

    private final CounterSum sum = new CounterSum();

    @Test
    void adds_the_counts_of_all_proxies() {
        var both = sum.add(Map.of("one", counters(BOOT, 3, 100), "two", counters(BOOT, 4, 50)));

        var shop = shop(both);
        assertThat(shop.inFlight()).isEqualTo(7);
        assertThat(shop.tries()).isEqualTo(150);
        assertThat(shop.classes()).containsExactly(0L, 150L, 0L, 0L, 0L);
        assertThat(shop.latency().requests()).isEqualTo(150);
        assertThat(shop.bytesIn()).isEqualTo(150);
    }

    @Test
    void the_totals_grow_further_after_a_proxy_restarts() {
        sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 0, 50)));
        var restarted = BOOT.plusSeconds(60);

        var after = sum.add(Map.of("one", counters(restarted, 1, 7), "two", counters(BOOT, 0, 50)));

        assertThat(shop(after).tries()).isEqualTo(157);
        assertThat(shop(after).inFlight()).isEqualTo(1);
        assertThat(after.boot()).isEqualTo(BOOT);
    }

    @Test
    void a_proxy_that_is_left_out_keeps_its_totals_and_has_no_requests_in_flight() {
        sum.add(Map.of("one", counters(BOOT, 2, 100), "two", counters(BOOT, 3, 50)));

        var alone = sum.add(Map.of("one", counters(BOOT, 2, 110)));

        assertThat(shop(alone).tries()).isEqualTo(160);
        assertThat(shop(alone).inFlight()).isEqualTo(2);
    }

    @Test
    void what_a_proxy_counted_while_it_was_left_out_is_no_burst() {
        sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 0, 50)));
        sum.add(Map.of("one", counters(BOOT, 0, 100)));

        sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 0, 5_050)));
        var later = sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 0, 5_060)));

        assertThat(shop(later).tries()).isEqualTo(160);
    }

    @Test
    void a_proxy_that_joins_later_counts_from_then_on() {
        sum.add(Map.of("one", counters(BOOT, 0, 100)));

        var joined = sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 9, 900)));
        assertThat(shop(joined).tries()).isEqualTo(100);
        assertThat(shop(joined).inFlight()).isEqualTo(9);

        var later = sum.add(Map.of("one", counters(BOOT, 0, 100), "two", counters(BOOT, 9, 905)));
        assertThat(shop(later).tries()).isEqualTo(105);
    }

    @Test
    void an_instance_is_routed_while_any_proxy_routes_to_it() {
        var one = new Counters(BOOT, new Version(1, 1, 2), Map.of(17L, counted(false, 0, 1)));
        var two = new Counters(BOOT, new Version(1, 1, 1), Map.of(17L, counted(true, 0, 1)));

        var both = sum.add(Map.of("one", one, "two", two));

        assertThat(shop(both).routed()).isTrue();
        assertThat(both.version()).isEqualTo(new Version(1, 1, 1));
    }

    @Test
    void forgets_instances_that_no_proxy_knows_any_more() {
        sum.add(Map.of("one", counters(BOOT, 0, 100)));
        sum.add(Map.of("one", counters(BOOT.plusSeconds(9), 0, 1)));

        var gone = new Counters(BOOT.plusSeconds(9), new Version(1, 1, 1), Map.of());
        assertThat(sum.add(Map.of("one", gone)).instances()).isEmpty();
    }

    @Test
    void an_app_is_idle_since_its_last_request_at_any_proxy() {
        var one = visited(Map.of("shop", new Visits(Duration.ofSeconds(9), false)));
        var two = visited(Map.of("shop", new Visits(Duration.ofSeconds(4), true)));

        assertThat(sum.add(Map.of("one", one, "two", two)).apps())
                .isEqualTo(Map.of("shop", new Visits(Duration.ofSeconds(4), true)));
        assertThat(sum.add(Map.of("one", one)).apps()).isEqualTo(one.apps());
    }

    /** The proxy may already have requests for the app. */
    @Test
    void nothing_is_known_of_an_app_while_a_proxy_does_not_know_that_it_may_sleep() {
        var one = visited(Map.of("shop", new Visits(Duration.ofSeconds(9), false)));

        assertThat(sum.add(Map.of("one", one, "two", visited(Map.of()))).apps()).isEmpty();
    }

    private static Counters visited(Map<String, Visits> apps) {
        return new Counters(BOOT, new Version(1, 1, 1), Map.of(), apps);
    }

    private static OfInstance shop(Counters counters) {
        return Objects.requireNonNull(counters.instances().get(17L));
    }

    private static Counters counters(Instant boot, long inFlight, long tries) {
        return new Counters(
                boot, new Version(1, 1, 1), Map.of(17L, counted(true, inFlight, tries)));
    }

    private static OfInstance counted(boolean routed, long inFlight, long tries) {
        var latency = new ArrayList<>(Latency.NONE.counts());
        latency.set(50, tries);
        return new OfInstance(
                "shop",
                1,
                routed,
                inFlight,
                tries,
                List.of(0L, tries, 0L, 0L, 0L),
                0,
                tries,
                tries,
                new Latency(latency));
    }
}
