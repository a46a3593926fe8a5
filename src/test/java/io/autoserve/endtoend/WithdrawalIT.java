package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Removes instances while nginx does not confirm that it sends them no more requests. */
class WithdrawalIT {
    private static final String NGINX_ADDRESS = "172.31.9.2";
    private static final DemoApp SHOP =
            DemoApp.named("e2e-leave").replicas(2).rollout("drainSeconds: 1");

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @BeforeEach
    void serve() {
        api.apply(SHOP);
        api.awaitReady(SHOP.name(), 2);
        platform.awaitServed(SHOP.host());
    }

    @AfterEach
    void forget() {
        api.deleteAll();
    }

    @Test
    void an_instance_keeps_running_as_long_as_a_frozen_nginx_may_send_it_requests() {
        docker("pause", platform.nginx());
        try {
            api.scale(SHOP.name(), 1);
            within(
                    PATIENCE,
                    "it is reported that the instance cannot be stopped",
                    () -> reported("InstanceStillRouted"),
                    () -> api.events(SHOP.name()));
            assertThat(platform.containersOf(SHOP.name())).hasSize(2);
        } finally {
            docker("unpause", platform.nginx());
        }

        awaitContainers(1);
        assertThat(platform.get(SHOP.host(), "/").status()).isEqualTo(200);
    }

    @Test
    void an_nginx_that_has_ended_holds_up_nothing() {
        docker("rm", "--force", platform.nginx());
        try {
            api.scale(SHOP.name(), 1);
            awaitContainers(1);
        } finally {
            platform.startNginx(NGINX_ADDRESS);
        }

        within(
                PATIENCE,
                "the new nginx serves",
                WithdrawalIT::isServed,
                () -> api.app(SHOP.name()));
        for (var request = 0; request < 20; request++) {
            assertThat(platform.get(SHOP.host(), "/").status()).isEqualTo(200);
        }
    }

    private static void awaitContainers(int count) {
        within(
                PATIENCE,
                count + " containers are left",
                () -> platform.containersOf(SHOP.name()).size() == count,
                () -> api.app(SHOP.name()));
    }

    /**
     * Returns whether nginx serves the app. The first requests may fail, because the client still
     * has connections to the nginx that has ended.
     */
    private static boolean isServed() {
        try {
            return platform.get(SHOP.host(), "/").status() == 200;
        } catch (Exception closed) { // Vert.x throws the socket's checked exception undeclared
            return false;
        }
    }

    private static boolean reported(String type) {
        return api.events(SHOP.name()).stream()
                .anyMatch(event -> event.path("type").asText().equals(type));
    }
}
