package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Checks that a secret reaches the containers of the apps that name it, and nothing else. */
class SecretsIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-secretive");
    private static final DemoApp OTHER = DemoApp.named("e2e-open");
    private static final List<String> VALUES = List.of("hunter-two", "hunter-three");

    private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
    private static RunningPlatform platform;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        LOG.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(LOG);
        platform = RunningPlatform.start();
        api = platform.startController();
    }

    @AfterAll
    static void stop() {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
        platform.close();
    }

    @AfterEach
    void removeApps() {
        api.deleteAll();
    }

    @Test
    void its_value_is_in_the_container_and_nowhere_else() {
        api.setSecret("login", "{\"user\": \"shop\", \"password\": \"hunter-two\"}", "");
        api.register(naming(SHOP, "login", "password"));
        api.register(OTHER.yaml());
        api.awaitReady(SHOP.name(), 1);
        api.awaitReady(OTHER.name(), 1);
        assertThat(environment(SHOP)).contains("PASSWORD=hunter-two");

        api.setSecret("login", "{\"password\": \"hunter-three\"}", "?restart=true");
        api.await(SHOP.name(), "all new", _ -> environment(SHOP).contains("PASSWORD=hunter-three"));
        api.awaitReady(SHOP.name(), 1);

        assertThat(api.events(SHOP.name()))
                .extracting(event -> event.path("reason").asText())
                .contains("secret 'login' has version 2");
        assertNowhere(docker("inspect", OTHER.name() + "-0"));
        assertNowhere(allRows());
        assertNowhere(LOG.list.toString());
        for (var path :
                List.of(
                        "secrets",
                        "apps",
                        "events?limit=1000",
                        "apps/" + SHOP.name(),
                        "apps/" + SHOP.name() + "/spec",
                        "apps/" + SHOP.name() + "/spec?raw=true",
                        "apps/" + SHOP.name() + "/instances",
                        "apps/" + SHOP.name() + "/revisions")) {
            assertNowhere(api.get("/api/v1/" + path).require(200).toString());
        }
    }

    @Test
    void an_app_that_names_what_is_not_there_is_refused_with_its_place() {
        var answer = api.post("/api/v1/apps", naming(SHOP, "unknown", "password"));

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.body().at("/errors/0/pointer").asText())
                .isEqualTo("/spec/environment/0/key");
        assertThat(answer.body().at("/errors/0/message").asText())
                .isEqualTo(
                        "secret 'unknown' does not exist: 'autoserve secret set unknown' creates it");
    }

    @Test
    void an_instance_whose_secret_does_not_fit_says_why_it_does_not_start() {
        api.setSecret("plain", "hunter-two", "");

        api.register(naming(SHOP, "plain", "password"));

        api.await(SHOP.name(), "refused", status -> reason(status).contains("not a JSON object"));
        assertNowhere(api.events(SHOP.name()).toString());
        assertThat(api.tryDeleteSecret("plain").status()).isEqualTo(409);
    }

    private static String reason(JsonNode status) {
        return status.at("/instances/0/reason").asText();
    }

    private static void assertNowhere(String text) {
        assertThat(text).isNotEmpty().doesNotContain(VALUES.toArray(String[]::new));
    }

    private static String allRows() {
        var database = platform.database();
        return database.query("select relname from pg_stat_user_tables").stream()
                .flatMap(table ->
                        database.query("select t::text from %s t".formatted(table)).stream())
                .collect(Collectors.joining());
    }

    /**
     * Returns the environment of one container of the app, or an empty text if there is no
     * container.
     */
    private static String environment(DemoApp app) {
        try {
            var names = platform.containersOf(app.name()).keySet();
            return names.isEmpty()
                    ? ""
                    : docker("inspect", "--format", "{{.Config.Env}}", names.iterator().next());
        } catch (IllegalStateException gone) {
            return "";
        }
    }

    private static String naming(DemoApp app, String secret, String field) {
        return app.yaml()
                .replace(
                        "environment:\n",
                        "environment:\n    - {name: PASSWORD, source: secret, key: %s, field: %s}\n"
                                .formatted(secret, field));
    }
}
