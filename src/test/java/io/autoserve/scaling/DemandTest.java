package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Version;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Counters.Visits;
import io.autoserve.proxy.Latency;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final App SHOP = Fixtures.app("shop", 1);
    private static final Instance READY = Fixtures.ready(SHOP, 0); // since noon
    private static final Visits LONG_IDLE = new Visits(Duration.ofHours(1), false);

    @Test
    void an_app_is_idle_since_its_last_request() {
        var demand =
                Demand.of(SHOP, List.of(READY), counters(LONG_IDLE, 0), NOON.plusSeconds(7200));

        assertThat(demand).isEqualTo(new Demand(Duration.ofHours(1), false));
    }

    @Test
    void an_app_is_not_idle_for_longer_than_its_instances_have_been_ready() {
        var demand = Demand.of(SHOP, List.of(READY), counters(LONG_IDLE, 0), NOON.plusSeconds(60));

        assertThat(demand).isEqualTo(new Demand(Duration.ofMinutes(1), false));
    }

    @Test
    void an_app_with_an_open_connection_is_not_idle() {
        var demand =
                Demand.of(SHOP, List.of(READY), counters(LONG_IDLE, 1), NOON.plusSeconds(7200));

        assertThat(demand).isEqualTo(new Demand(Duration.ZERO, false));
    }

    @Test
    void nothing_is_known_of_an_app_that_nginx_does_not_know() {
        var nothing = new Counters(NOON, new Version(1, 1, 1), Map.of());

        assertThat(Demand.of(SHOP, List.of(READY), nothing, NOON)).isNull();
        assertThat(Demand.of(SHOP, List.of(READY), null, NOON)).isNull();
    }

    @Test
    void an_app_that_starts_is_not_idle_before_it_was_tried() {
        var starting = List.of(Fixtures.starting(SHOP, 0));
        var deadline = NOON.plus(SHOP.spec().rollout().progressDeadline());

        assertThat(Demand.of(SHOP, List.of(), counters(LONG_IDLE, 0), NOON))
                .isEqualTo(new Demand(Duration.ZERO, false));
        assertThat(Demand.of(SHOP, starting, counters(LONG_IDLE, 0), deadline.minusSeconds(1)))
                .isEqualTo(new Demand(Duration.ZERO, false));
        assertThat(Demand.of(SHOP, starting, counters(LONG_IDLE, 0), deadline))
                .isEqualTo(new Demand(Duration.ofHours(1), false));
    }

    @Test
    void a_worker_is_needed_only_while_it_starts_even_if_nginx_does_not_answer() {
        var worker = Fixtures.app(SpecDraft.of("jobs").worker().spec(), 1);
        var ready = List.of(Fixtures.ready(worker, 0));

        assertThat(Demand.of(worker, List.of(), null, NOON))
                .isEqualTo(new Demand(Duration.ZERO, false));
        assertThat(Demand.of(worker, ready, null, NOON.plusSeconds(7)))
                .isEqualTo(new Demand(Duration.ofSeconds(7), false));
    }

    private static Counters counters(Visits app, long inFlight) {
        var instance =
                new OfInstance(
                        "shop",
                        1,
                        true,
                        inFlight,
                        10,
                        List.of(0L, 10L, 0L, 0L, 0L),
                        0,
                        0,
                        0,
                        Latency.NONE);
        return new Counters(
                NOON, new Version(1, 1, 1), Map.of(READY.id(), instance), Map.of("shop", app));
    }
}
