package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ControllerProcess;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.RunningPlatform;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills controllers while they work. Instances and users do not notice, and the next leader
 * continues the work.
 */
class TakeoverIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(3);

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private ControllerProcess controller;

    @BeforeEach
    void serve() {
        controller = platform.launchController("controller-1").awaitReady();
        controller.api().apply(SHOP);
        controller.api().awaitReady(SHOP.name(), 3);
        platform.awaitServed(SHOP.host());
    }

    @AfterEach
    void forget() {
        controller.api().deleteAll();
        controller.kill();
    }

    @Test
    void a_killed_controller_that_is_started_again_adopts_every_instance() {
        var before = platform.containersOf(SHOP.name());
        try (var users = platform.traffic(SHOP.host())) {
            users.awaitMore(20);

            controller.kill();
            controller = platform.launchController("controller-1").awaitReady();
            controller.api().awaitReady(SHOP.name(), 3);
            awaitWork();
            users.awaitMore(50);

            assertThat(users.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
        assertThat(controller.api().instances(SHOP.name()))
                .allSatisfy(instance -> assertThat(instance.path("restarts").asInt()).isZero());
    }

    /** Makes a change that needs a leader, waits for it and reverts it. */
    private void awaitWork() {
        controller.api().scale(SHOP.name(), 4);
        controller.api().awaitReady(SHOP.name(), 4);
        controller.api().scale(SHOP.name(), 3);
        controller.api().awaitReady(SHOP.name(), 3);
    }

    @Test
    void an_instance_that_died_while_no_controller_was_there_is_replaced() {
        var before = platform.containersOf(SHOP.name());
        try (var users = platform.traffic(SHOP.host())) {
            users.awaitMore(20);

            controller.kill();
            docker("kill", "--signal", "KILL", "e2e-shop-2");
            users.awaitMore(20);
            controller = platform.launchController("controller-1").awaitReady();
            within(
                    PATIENCE,
                    "there is another e2e-shop-2",
                    () ->
                            !platform.containersOf(SHOP.name())
                                    .getOrDefault("e2e-shop-2", "")
                                    .equals(before.get("e2e-shop-2")),
                    () -> controller.api().app(SHOP.name()));
            controller.api().awaitReady(SHOP.name(), 3);
            users.awaitMore(50);

            assertThat(users.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name()))
                .containsEntry("e2e-shop-0", before.get("e2e-shop-0"))
                .containsEntry("e2e-shop-1", before.get("e2e-shop-1"))
                .hasSize(3);
    }

    @Test
    void starts_and_stops_that_were_half_done_are_finished() {
        controller.api().scale(SHOP.name(), 10);
        within(
                PATIENCE,
                "some are being started",
                () -> platform.containersOf(SHOP.name()).size() > 4,
                () -> controller.api().app(SHOP.name()));

        controller.kill();
        controller = platform.launchController("controller-1").awaitReady();

        controller.api().awaitReady(SHOP.name(), 10);
        assertThat(platform.containersOf(SHOP.name())).hasSize(10);

        controller.api().scale(SHOP.name(), 1);
        within(
                PATIENCE,
                "some are stopped",
                () -> platform.containersOf(SHOP.name()).size() < 8,
                () -> controller.api().app(SHOP.name()));
        controller.kill();
        controller = platform.launchController("controller-1").awaitReady();

        controller.api().awaitReady(SHOP.name(), 1);
        assertThat(platform.containersOf(SHOP.name())).containsOnlyKeys("e2e-shop-0");
    }

    @Test
    void the_second_controller_takes_over_from_the_first() {
        var second = platform.launchController("controller-2").awaitReady();
        var before = platform.containersOf(SHOP.name());
        assertThat(second.api().app(SHOP.name())).isEqualTo(controller.api().app(SHOP.name()));
        assertThat(leader(controller)).isEqualTo("controller-1");

        try (var users = platform.traffic(SHOP.host())) {
            users.awaitMore(20);
            controller.kill();
            controller = second;
            var took =
                    within(
                            PATIENCE,
                            "the second leads",
                            () -> leader(second).equals("controller-2"),
                            () -> second.api().get("/api/v1/cluster").body());
            assertThat(took).isLessThan(EnginePace.scaled(Duration.ofSeconds(5)));
            awaitWork();
            users.awaitMore(50);

            assertThat(users.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
    }

    @Test
    void a_controller_that_is_told_to_stop_ends_its_50_streams_and_is_gone_in_time() {
        var second = platform.launchController("controller-2").awaitReady();
        var readers =
                Stream.generate(() -> EventReader.open(controller.api().root(), ""))
                        .limit(50)
                        .toList();
        controller.api().scale(SHOP.name(), 2);
        var scaled = readers.stream().map(reader -> reader.next(TakeoverIT::isScaling)).toList();
        assertThat(scaled).hasSize(50).containsOnly(scaled.getFirst());

        var took = controller.terminate();
        controller = second;

        assertThat(took) // six seconds for the shutdown, and the time until the process has ended
                .isLessThan(Duration.ofSeconds(6).plus(EnginePace.scaled(Duration.ofSeconds(2))));
        readers.forEach(EventReader::untilEnd);
        try (var later = EventReader.openBehind(scaled.getFirst(), second.api().root())) {
            later.next(message -> message.contains("event: LeaderElected"));
        }
        readers.forEach(EventReader::close);
    }

    private static boolean isScaling(String message) {
        return message.contains("event: AppScaled");
    }

    private static String leader(ControllerProcess controller) {
        return controller.api().get("/api/v1/cluster").require(200).path("leader").asText();
    }
}
