package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.OfInstance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReachabilityTest {
    private static final int LONG = 30;

    private final Map<Long, OfInstance> one = new HashMap<>();
    private final Map<Long, OfInstance> two = new HashMap<>();

    @Test
    void an_instance_that_one_of_two_proxies_cannot_reach_for_30_s_is_replaced() {
        for (var id : List.of(1L, 2L, 3L)) {
            one.put(id, counted("shop", 0, 10));
            two.put(id, counted("shop", id == 2 ? LONG : 0, 10));
        }
        assertThat(unreachable())
                .isEqualTo(
                        Map.of(2L, "two could not connect to it for 30 s, although it is ready"));

        two.put(2L, counted("shop", LONG - 1, 10));
        assertThat(unreachable()).isEmpty();
    }

    @Test
    void a_proxy_that_reaches_few_of_its_instances_is_at_fault_itself() {
        for (var id : List.of(1L, 2L, 3L, 4L)) {
            one.put(id, counted("shop", 0, 10));
            two.put(id, counted("shop", id > 2 ? LONG : 0, 10));
        }
        assertThat(unreachable()).isEmpty();
    }

    /** An app that accepts no connections would otherwise be replaced again and again. */
    @Test
    void an_app_that_no_proxy_reaches_is_at_fault_itself() {
        for (var id : List.of(1L, 2L, 3L)) {
            one.put(id, counted("shop", 0, 10));
            two.put(id, counted("shop", 0, 10));
        }
        one.put(9L, counted("mute", LONG, 0));
        two.put(9L, counted("mute", LONG, 0));
        assertThat(unreachable()).isEmpty();

        one.put(9L, counted("mute", 0, 0)); // nobody has asked this proxy for it
        assertThat(unreachable()).isEmpty();

        one.put(9L, counted("mute", 0, 1));
        assertThat(unreachable()).containsOnlyKeys(9L);
    }

    @Test
    void a_single_proxy_replaces_nothing() {
        one.put(1L, counted("shop", 0, 10));
        one.put(2L, counted("shop", 0, 10));
        one.put(3L, counted("shop", LONG, 10));

        assertThat(Reachability.unreachable(Map.of("one", counters(one)))).isEmpty();
    }

    private Map<Long, String> unreachable() {
        return Reachability.unreachable(Map.of("one", counters(one), "two", counters(two)));
    }

    private static Counters counters(Map<Long, OfInstance> instances) {
        return new Counters(Instant.EPOCH, new Version(1, 1, 1), Map.copyOf(instances));
    }

    private static OfInstance counted(String app, int unreachableSeconds, long answered) {
        return new OfInstance(
                app,
                1,
                true,
                0,
                answered,
                List.of(0L, answered, 0L, 0L, 0L),
                0,
                0,
                0,
                Latency.NONE,
                Duration.ofSeconds(unreachableSeconds));
    }
}
