package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the main job: a user applies a spec, and real requests reach its healthy instances. */
class ServingIT {
    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @AfterEach
    void removeApps() {
        api.deleteAll();
    }

    @Test
    void three_instances_of_a_registered_app_answer_at_each_of_its_addresses() {
        var shop =
                DemoApp.named("e2e-shop")
                        .replicas(3)
                        .routing("domains: [shop.example.com], pathPrefix: /, default: true");
        api.register(shop.yaml());

        api.awaitReady(shop.name(), 3);

        for (var host : List.of("e2e-shop.localhost", "shop.example.com", "nobody.example.com")) {
            awaitAnswers(host, "e2e-shop-0", "e2e-shop-1", "e2e-shop-2");
        }
    }

    @Test
    void an_app_without_checks_is_ready_when_the_check_of_its_image_succeeds() {
        var app = DemoApp.named("e2e-unnamed");
        api.register(app.yaml().replaceFirst("(?m)^healthCheck:\\n.*\\n", ""));

        api.awaitReady(app.name(), 1);

        assertThat(
                        docker(
                                "inspect",
                                "--format",
                                "{{index .Config.Labels \"autoserve.healthcheck\"}} {{.Config.Healthcheck.Test}}",
                                "e2e-unnamed-0"))
                .contains("[\"/demo\",\"--check\"]")
                .contains("[NONE]");
    }

    @Test
    void the_longer_path_prefix_wins_where_apps_share_a_domain() {
        api.apply(DemoApp.named("e2e-site").routing("domains: [www.example.com]"));
        api.apply(
                DemoApp.named("e2e-docs").routing("domains: [www.example.com], pathPrefix: /echo"));
        api.awaitReady("e2e-site", 1);
        api.awaitReady("e2e-docs", 1);

        awaitAnswers("www.example.com", "e2e-site-0");
        within(
                PATIENCE,
                "the path prefix leads to the other app",
                () -> platform.get("www.example.com", "/echo").status() == 200,
                () -> platform.get("www.example.com", "/echo"));
    }

    @Test
    void events_tell_the_story_in_order() {
        var shop = DemoApp.named("e2e-story");
        api.apply(shop);
        api.awaitReady(shop.name(), 1);
        api.delete(shop.name());
        api.awaitGone(shop.name());

        var events = api.events(shop.name());

        assertThat(events)
                .extracting(event -> event.path("type").asText())
                .containsExactly(
                        "AppRegistered",
                        "InstanceStarting",
                        "ImageResolved",
                        "InstanceStarted",
                        "InstanceReady",
                        "AppDeleting",
                        "InstanceDraining",
                        "InstanceStopping",
                        "InstanceRemoved",
                        "AppDeleted");
        assertThat(events)
                .extracting(event -> event.path("seq").asLong())
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(events)
                .allSatisfy(event -> {
                    assertThat(event.path("actor").asText()).isNotBlank();
                    assertThat(event.path("reason").asText()).isNotBlank();
                });
    }

    @Test
    void the_status_says_what_the_tables_and_the_engine_say() {
        var shop = DemoApp.named("e2e-status").replicas(2);
        api.apply(shop);
        api.awaitReady(shop.name(), 2);

        var status = api.app(shop.name());

        assertThat(status.path("state").asText()).isEqualTo("Running");
        assertThat(status.path("revision").asInt()).isEqualTo(1);
        assertThat(status.path("image").asText()).isEqualTo("localhost/autoserve-demo");
        assertThat(status.path("imageId").asText()).contains("sha256:");
        var instances = api.instances(shop.name());
        assertThat(instances)
                .extracting(instance -> told(instance))
                .containsExactlyElementsOf(
                        platform.database()
                                .query(
                                        """
                                        select concat_ws(' ', a.name || '-' || i.index, i.container_id, i.address, i.port,
                                            initcap(i.state), initcap(i.health), i.revision, i.restarts)
                                        from instances i join apps a on a.id = i.app_id
                                        where a.name = '%s' order by i.index
                                        """
                                                .formatted(shop.name())));
        assertThat(platform.containersOf(shop.name()))
                .allSatisfy((name, id) ->
                        assertThat(instances)
                                .anySatisfy(instance -> {
                                    assertThat(instance.path("name").asText()).isEqualTo(name);
                                    assertThat(instance.path("containerId").asText()).isEqualTo(id);
                                    assertThat(instance.path("startedAt").asText()).isNotBlank();
                                }))
                .hasSize(2);
    }

    private static String told(JsonNode instance) {
        return Stream.of(
                        "name",
                        "containerId",
                        "address",
                        "port",
                        "state",
                        "health",
                        "revision",
                        "restarts")
                .map(field -> instance.path(field).asText())
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
    }

    @Test
    void twenty_apps_on_one_nginx_answer_each_by_its_own_host_whatever_others_do() {
        var broken =
                List.of(
                        DemoApp.named("e2e-no-image").image("autoserve/there-is-none"),
                        DemoApp.named("e2e-dies").environment("PORT", "nonsense"),
                        DemoApp.named("e2e-no-program").command("/no/such/program"));
        broken.forEach(api::apply);
        var apps = IntStream.range(0, 20).mapToObj(i -> DemoApp.named("e2e-many-" + i)).toList();
        apps.forEach(api::apply);

        apps.forEach(app -> api.awaitReady(app.name(), 1));
        apps.forEach(app -> awaitAnswers(app.host(), app.name() + "-0"));

        broken.forEach(app -> api.await(app.name(), "crash looping", ServingIT::crashLooping));
        awaitReason("e2e-no-image", "autoserve/there-is-none", "not found");
        awaitReason("e2e-dies", "exit", "nonsense"); // from the last line of its output
        awaitReason("e2e-no-program", "/no/such/program");
        within(
                PATIENCE,
                "it waits before the next try",
                () -> instance("e2e-dies").hasNonNull("retryAt"),
                () -> instance("e2e-dies"));
        assertThat(platform.get("e2e-dies.localhost", "/").status()).isEqualTo(503);
        apps.forEach(app -> assertThat(platform.get(app.host(), "/").status()).isEqualTo(200));
    }

    private static boolean crashLooping(JsonNode status) {
        return status.path("state").asText().equals("CrashLooping");
    }

    /**
     * Waits until the reason of the app's instance contains these words. Waiting is needed, because
     * during each attempt to start the instance the reason describes that attempt and not the last
     * failure.
     */
    private static void awaitReason(String app, String... words) {
        within(
                PATIENCE,
                app + " says why",
                () -> Stream.of(words).allMatch(reason(app)::contains),
                () -> reason(app));
    }

    private static String reason(String app) {
        return instance(app).path("reason").asText();
    }

    private static JsonNode instance(String app) {
        return api.instances(app).getFirst();
    }

    @Test
    void a_host_that_nobody_claims_is_told_so() {
        assertThat(platform.get("nobody.example.com", "/").status()).isEqualTo(404);
    }

    @Test
    void a_worker_runs_without_a_port_and_gets_no_requests() {
        api.register(
                """
                apiVersion: v1
                kind: App
                metadata: {name: e2e-worker}
                spec: {type: worker, image: localhost/autoserve-demo}
                healthCheck: {protocol: COMMAND, command: [/demo, --check]}
                """);

        api.awaitReady("e2e-worker", 1);

        assertThat(instance("e2e-worker").path("port").isNull()).isTrue();
        assertThat(platform.get("e2e-worker.localhost", "/").status()).isEqualTo(404);
    }

    @Test
    void the_demo_of_the_manual_is_understood_and_serves() throws IOException {
        api.register(example("demo").replace(": demo\n", ": e2e-demo\n"));

        api.awaitReady("e2e-demo", 3);

        awaitAnswers("whoever.example.com", "e2e-demo-0", "e2e-demo-1", "e2e-demo-2");
    }

    private static String example(String name) throws IOException {
        try (var file = ServingIT.class.getResourceAsStream("/examples/" + name + ".yaml")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Waits until each of these instances has answered. Fails if another instance answers. */
    private static void awaitAnswers(String host, String... instances) {
        Set<String> answered = new HashSet<>();
        within(
                PATIENCE,
                "all of %s answer for %s".formatted(List.of(instances), host),
                () -> {
                    var page = platform.get(host, "/?json");
                    answered.add(
                            page.status() == 200
                                    ? page.json().path("instance").asText()
                                    : "status " + page.status());
                    return answered.containsAll(Set.of(instances));
                },
                () -> answered);
        answered.removeAll(
                Set.of("status 404", "status 503")); // while nginx lacks the host or its instance
        assertThat(answered).containsExactlyInAnyOrder(instances);
    }
}
