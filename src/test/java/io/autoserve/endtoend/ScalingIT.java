package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests that the number of instances follows the load. */
class ScalingIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-scaled");

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @Test
    void users_bring_instances_and_take_them_along_when_they_go() {
        api.register(followingTheLoad());
        api.awaitReady(SHOP.name(), 1);
        platform.awaitServed(SHOP.host());

        try (var users = platform.traffic(SHOP.host())) {
            users.awaitMore(20);
            api.await(SHOP.name(), "scaled out", status -> desired(status) == 3);
            api.awaitReady(SHOP.name(), 3);
            assertThat(users.failures()).isEmpty();
        }
        api.await(SHOP.name(), "scaled in", status -> desired(status) == 1);

        assertThat(api.events(SHOP.name()))
                .filteredOn(event -> event.path("actor").asText().equals("autoscaler"))
                .extracting(event -> event.path("reason").asText())
                .allMatch(reason -> reason.contains("requests/s per instance is"))
                .anyMatch(reason -> reason.startsWith("out from 1 to "))
                .anyMatch(reason -> reason.startsWith("in from 3 to "));
    }

    private static int desired(JsonNode status) {
        return status.path("replicas").path("desired").asInt();
    }

    private static String followingTheLoad() {
        return SHOP.yaml()
                .lines()
                .map(line ->
                        line.strip().startsWith("scaling:")
                                ? line.substring(0, line.indexOf("scaling:"))
                                        + "scaling: {mode: auto, minReplicas: 1, maxReplicas: 3, targetRPSPerReplica: 2,"
                                        + " windowSeconds: 2, cooldownSeconds: 1, stabilizationWindowSeconds: 4}"
                                : line)
                .reduce("", (text, line) -> text + line + "\n");
    }
}
