package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.Eventually;
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

    @Test
    void an_app_without_requests_sleeps_and_each_kind_of_request_wakes_it() {
        var cabin = DemoApp.named("e2e-sleepy");
        api.register(
                scaled(
                        cabin,
                        "mode: auto, minReplicas: 0, maxReplicas: 1, idleSeconds: 1, holdSeconds: 120,"
                                + " ignoredPaths: [/health]"));

        awaitSleep(cabin);
        assertThat(platform.get(cabin.host(), "/health").status()).isEqualTo(503);
        assertThat(api.app(cabin.name()).path("state").asText()).isEqualTo("Asleep");
        assertThat(platform.get(cabin.host(), "/").status()).isEqualTo(200);

        awaitSleep(cabin);
        var socket = platform.webSocket(cabin.host(), "/ws");
        api.awaitReady(cabin.name(), 1);
        Eventually.await(socket.close());

        awaitSleep(cabin);
        try (var users = platform.posts(cabin.host())) {
            users.awaitMore(20);
            assertThat(users.failures()).isEmpty();
        }
        assertThat(api.events(cabin.name()))
                .extracting(event -> event.path("reason").asText())
                .contains("out from 0 to 1: a request woke the app");
    }

    @Test
    void workers_come_with_the_jobs_of_a_queue_and_go_when_it_is_empty() {
        platform.database().execute("create table e2e_jobs (id bigint)");
        api.setSecret(
                "e2e-queue",
                "postgres://postgres@127.0.0.1:%d/postgres".formatted(platform.database().port()),
                "");
        api.register(
                """
                apiVersion: v1
                kind: App
                metadata: {name: e2e-queue}
                spec: {type: worker, image: localhost/autoserve-demo, stopGraceSeconds: 2}
                scaling:
                  mode: auto
                  minReplicas: 0
                  maxReplicas: 3
                  idleSeconds: 1
                  cooldownSeconds: 0
                  metrics:
                    - name: jobs
                      target: 10
                      postgres: {secret: e2e-queue, query: select count(*) from e2e_jobs}
                """);
        awaitSleep("e2e-queue");

        platform.database().execute("insert into e2e_jobs select generate_series(1, 1000)");
        api.awaitReady("e2e-queue", 3);
        platform.database().execute("delete from e2e_jobs");

        awaitSleep("e2e-queue");
        assertThat(api.events("e2e-queue"))
                .extracting(event -> event.path("reason").asText())
                .contains("out from 0 to 1: jobs is 1000");
    }

    private static void awaitSleep(DemoApp app) {
        awaitSleep(app.name());
    }

    private static void awaitSleep(String app) {
        api.await(app, "asleep", status -> status.path("state").asText().equals("Asleep"));
    }

    private static int desired(JsonNode status) {
        return status.path("replicas").path("desired").asInt();
    }

    private static String followingTheLoad() {
        return scaled(
                SHOP,
                "mode: auto, minReplicas: 1, maxReplicas: 3, targetRPSPerReplica: 2,"
                        + " windowSeconds: 2, cooldownSeconds: 1, stabilizationWindowSeconds: 4");
    }

    private static String scaled(DemoApp app, String policy) {
        return app.yaml()
                .lines()
                .map(line ->
                        line.strip().startsWith("scaling:")
                                ? line.substring(0, line.indexOf("scaling:"))
                                        + "scaling: {"
                                        + policy
                                        + "}"
                                : line)
                .reduce("", (text, line) -> text + line + "\n");
    }
}
