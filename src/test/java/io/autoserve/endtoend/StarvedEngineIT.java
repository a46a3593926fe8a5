package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.StarvedEngine;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Uses a real Docker whose own processes get only a quarter of a processor. */
class StarvedEngineIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(6);

    /** The reason of an instance whose start is queued, or whose start takes Docker a long time. */
    private static final Pattern STARVED =
            Pattern.compile("waiting for the engine \\(\\d+ ahead\\)|Docker has not finished");

    @Test
    void everything_that_is_asked_of_it_at_once_comes_in_time_and_nothing_counts_as_failed() {
        try (var platform = RunningPlatform.start();
                var _ = StarvedEngine.at(25)) {
            var api = platform.startController();
            var apps = IntStream.range(0, 4).mapToObj(i -> DemoApp.named("e2e-many-" + i)).toList();

            api.apply(SHOP);
            apps.forEach(api::apply);

            var reasons = new ConcurrentSkipListSet<String>();
            within(
                    PATIENCE.multipliedBy(2),
                    "all are ready",
                    () -> {
                        reasons.add(api.app(SHOP.name()).path("reason").asText());
                        apps.forEach(
                                app -> reasons.add(api.app(app.name()).path("reason").asText()));
                        return ready(api, SHOP.name())
                                && apps.stream().allMatch(app -> ready(api, app.name()));
                    },
                    () -> api.app(SHOP.name()));
            assertThat(reasons).as("they say what they wait for").anyMatch(STARVED.asPredicate());
            requireNoFailure(api, SHOP.name());
            apps.forEach(app -> requireNoFailure(api, app.name()));

            docker("kill", "--signal", "KILL", SHOP.name() + "-3");
            api.apply(SHOP.replicas(8));
            within(
                    PATIENCE.multipliedBy(2),
                    "the dead one is replaced and two more are ready",
                    () -> ready(api, SHOP.name()) && api.instances(SHOP.name()).size() == 8,
                    () -> api.app(SHOP.name()));
            assertThat(failures(api, SHOP.name())).as("the one that was killed").isEqualTo(1);

            api.deleteAll();
        }
    }

    private static boolean ready(ApiClient api, String app) {
        return api.app(app).path("state").asText().equals("Running");
    }

    private static void requireNoFailure(ApiClient api, String app) {
        assertThat(failures(api, app)).as(app).isZero();
        assertThat(api.instances(app)).allMatch(it -> it.path("restarts").asInt() == 0);
    }

    private static long failures(ApiClient api, String app) {
        return api.events(app).stream().filter(StarvedEngineIT::isFailure).count();
    }

    private static boolean isFailure(JsonNode event) {
        return Set.of("InstanceFailed", "HealthFailed").contains(event.path("type").asText());
    }
}
