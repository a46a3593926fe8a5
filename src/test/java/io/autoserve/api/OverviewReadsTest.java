package io.autoserve.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.LoadSummary;
import io.autoserve.platform.Loads.Overview;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Tests the routes that return the load of all apps, the apps with their instances, and earlier
 * revisions.
 */
class OverviewReadsTest {
    private static final Duration STEP = Duration.ofSeconds(10);

    @AutoClose private final Served api = new Served();

    @Test
    void the_load_of_all_apps_is_table_of_steps_with_gaps_where_nothing_was_read() {
        api.register("shop");
        api.register("blog");
        var shop = requireNonNull(api.platform.snapshot().app("shop"));
        api.platform.loads(
                new Overview(
                        Served.NOW,
                        STEP,
                        4,
                        Map.of(
                                shop.id(),
                                List.of(
                                        load(Served.NOW.minus(STEP.multipliedBy(9)), 1),
                                        load(Served.NOW.minus(STEP.multipliedBy(2)), 20.12345),
                                        load(Served.NOW, 40)))));

        var apps = api.get("/api/v1/load").json().path("apps");

        assertThat(apps.findValuesAsText("name")).containsExactly("blog", "shop");
        assertThat(apps.get(0).path("requestsPerSecond")).hasToString("[null,null,null,null]");
        assertThat(apps.get(1).path("requestsPerSecond")).hasToString("[null,20.123,null,40.0]");
        assertThat(apps.get(1).path("errorsPerSecond")).hasToString("[null,0.5,null,0.5]");
        assertThat(apps.get(1).path("p95Ms")).hasToString("[null,12.0,null,12.0]");
    }

    private static LoadSummary load(Instant at, double rate) {
        return new LoadSummary(
                at, rate, List.of(0.0, 0.0, 0.0, 0.0, 0.5), 1, 3.0, 12.0, 20.0, null, null, 1);
    }

    @Test
    void apps_are_listed_with_their_instances_if_one_asks() {
        api.register("shop");
        api.run("shop", 0, Health.READY);

        assertThat(api.get("/api/v1/apps").json().at("/apps/0").has("instances")).isFalse();
        assertThat(
                        api.get("/api/v1/apps?instances=true")
                                .json()
                                .at("/apps/0/instances/0/name")
                                .asText())
                .isEqualTo("shop-0");
    }

    @Test
    void a_revision_is_told_as_it_was_written() {
        api.register("shop");

        var revision = api.get("/api/v1/apps/shop/revisions/1").json();

        assertThat(revision.path("text").asText()).isEqualTo(Served.spec("shop", "shop:1"));
        assertThat(revision.path("current").asBoolean()).isTrue();
        assertThat(revision.path("served").asBoolean()).isTrue();
        assertThat(api.get("/api/v1/apps/shop/revisions/2").status()).isEqualTo(404);
        assertThat(api.get("/api/v1/apps/shop/revisions/0").status()).isEqualTo(400);
    }
}
