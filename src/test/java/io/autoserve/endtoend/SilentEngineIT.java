package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.DemoApp;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the platform against an engine that accepts every call and answers none. */
class SilentEngineIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(2);
    private static final String VICTIM = "e2e-shop-1";
    private static final Duration SOON = EnginePace.scaled(Duration.ofSeconds(2));

    private static final String HANG_UP_ON_FIRST =
            "select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where application_name = 'autoserve election controller-here'";

    /**
     * The maximum number of calls to Docker that two controllers have in progress. Each controller
     * calls Docker in its passes and for its samples, and reads a stream of Docker's events.
     */
    private static final int MOST_CALLS = 30;

    @TempDir private Path folder;

    @Test
    void leaders_step_down_and_resign_in_time_and_what_happened_meanwhile_is_found_after()
            throws IOException {
        var socket = folder.resolve("docker.sock");
        try (var wire = Wire.to(Path.of("/var/run/docker.sock"), socket);
                var platform = RunningPlatform.start()) {
            platform.reachEngineAt(socket);
            var first = platform.startController();
            first.apply(SHOP);
            first.awaitReady(SHOP.name(), 2);
            var second = platform.launchController("controller-2").awaitReady();
            var before = platform.containersOf(SHOP.name());

            wire.cut();
            docker("kill", "--signal", "KILL", VICTIM);
            platform.database().query(HANG_UP_ON_FIRST);
            second.api().awaitLeader("controller-2", SOON);
            for (var i = 0; i < 100; i++) {
                second.api().scale(SHOP.name(), 3 - i % 2);
            }
            assertThat(wire.held()).isBetween(1, MOST_CALLS);
            assertThat(second.terminate())
                    .as("shuts down without waiting for the engine")
                    .isLessThan(EnginePace.scaled(Duration.ofSeconds(8)));
            first.awaitLeader("controller-here", SOON);
            assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);

            wire.mend();
            within(
                    PATIENCE,
                    "there is another " + VICTIM,
                    () ->
                            !platform.containersOf(SHOP.name())
                                    .getOrDefault(VICTIM, "")
                                    .equals(before.get(VICTIM)),
                    () -> first.app(SHOP.name()));
            first.awaitReady(SHOP.name(), 2);
        }
    }
}
