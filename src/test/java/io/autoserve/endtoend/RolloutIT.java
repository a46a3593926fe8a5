package io.autoserve.endtoend;

import static io.autoserve.testing.EnginePace.scaledSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.RunningPlatform;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rolls a new revision out, or back, while users keep sending requests. */
class RolloutIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-roll").replicas(3);

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

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    never gets ready     | SICK           | true | progressDeadlineSeconds: | 2
                    dies again and again | CRASH_AFTER_MS | 700  | minReadySeconds:         | 5
                    """)
    void a_revision_that_fails_is_taken_back_and_no_request_fails(
            String name, String variable, String value, String policy, int seconds) {
        var app = SHOP.rollout("drainSeconds: 10, %s %d".formatted(policy, scaledSeconds(seconds)));
        serve(app);
        var before = platform.containersOf(SHOP.name());
        try (var gets = platform.traffic(SHOP.host())) {
            gets.awaitMore(20);

            api.apply(app.environment(variable, value));
            awaitEvent("RolloutRolledBack");
            api.awaitReady(SHOP.name(), 3);
            gets.awaitMore(20);

            assertThat(gets.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
        assertThat(api.app(SHOP.name()).path("revision").asInt()).isEqualTo(3);
    }

    @Test
    void a_revision_that_answers_errors_is_taken_back() {
        var app = SHOP.rollout("drainSeconds: 10, minReadySeconds: %d".formatted(scaledSeconds(3)));
        serve(app);
        try (var gets = platform.traffic(SHOP.host())) {
            gets.awaitMore(20);

            api.apply(app.environment("ERROR_RATE", "1"));

            assertThat(awaitEvent("RolloutRolledBack").path("reason").asText())
                    .matches(
                            "revision 2 failed \\d+ of \\d+ requests, the previous revision 0 of \\d+");
            api.awaitReady(SHOP.name(), 3);
        }
        assertThat(platform.get(SHOP.host(), "/").status()).isEqualTo(200);
    }

    @Test
    void a_canary_gets_its_share_and_is_promoted_without_a_failed_request() {
        var app =
                SHOP.rollout(
                        "drainSeconds: 10, watchSeconds: 0, steps: [{weight: 20, holdSeconds: %d}]"
                                .formatted(scaledSeconds(5)));
        serve(app);
        try (var gets = platform.traffic(SHOP.host());
                var posts = platform.posts(SHOP.host())) {
            gets.awaitMore(20);

            api.apply(app.environment("VERSION", "2"));
            api.await(SHOP.name(), "canary ready", it -> it.at("/rollout/ready").asInt() == 1);
            awaitAnswerOf("2");
            var answers = versions(200);

            assertThat(answers.get("2")).isBetween(15, 70); // 20 % of 200 is 40
            assertThat(platform.containersOf(SHOP.name())).hasSize(4);
            api.await(SHOP.name(), "complete", it -> it.path("rollout").isNull());
            api.awaitReady(SHOP.name(), 3);
            gets.awaitMore(20);
            posts.awaitMore(20);

            assertThat(gets.failures()).isEmpty();
            assertThat(posts.failures()).isEmpty();
        }
        assertThat(versions(10)).containsOnlyKeys("2");
    }

    @Test
    void blue_green_moves_all_traffic_at_once() {
        var app =
                SHOP.rollout(
                        "strategy: blueGreen, drainSeconds: 10, watchSeconds: %d"
                                .formatted(scaledSeconds(4)));
        serve(app);
        try (var gets = platform.traffic(SHOP.host());
                var posts = platform.posts(SHOP.host())) {
            gets.awaitMore(20);

            api.apply(app.environment("VERSION", "2"));
            api.await(SHOP.name(), "moved", it -> it.at("/rollout/step").asInt() == 1);
            awaitAnswerOf("2");
            gets.awaitMore(8); // includes the requests that were in flight when the traffic moved
            assertThat(versions(20)).containsOnlyKeys("2");
            assertThat(platform.containersOf(SHOP.name())).hasSize(6);
            api.awaitReady(SHOP.name(), 3);
            posts.awaitMore(20);

            assertThat(gets.failures()).isEmpty();
            assertThat(posts.failures()).isEmpty();
        }
    }

    @Test
    void an_undone_rollout_leaves_the_old_instances_as_they_were() {
        var app = SHOP.rollout("drainSeconds: 10, steps: [{weight: 20, holdSeconds: 600}]");
        serve(app);
        var before = platform.containersOf(SHOP.name());

        api.apply(app.environment("VERSION", "2"));
        api.await(SHOP.name(), "canary ready", it -> it.at("/rollout/ready").asInt() == 1);
        api.order("rollout/undo", SHOP.name());
        api.awaitReady(SHOP.name(), 3);

        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
        assertThat(versions(10)).containsOnlyKeys("1");
        var revisions = api.get("/api/v1/apps/" + SHOP.name() + "/revisions").require(200);
        assertThat(revisions.path("revisions").findValuesAsText("containersOf"))
                .containsExactly("1", "2", "1");
    }

    @Test
    void a_paused_rollout_stays_as_it_is_and_goes_on_when_told_to() {
        var app = SHOP.rollout("drainSeconds: 10, minReadySeconds: %d".formatted(scaledSeconds(2)));
        serve(app);

        api.apply(app.environment("VERSION", "2"));
        api.await(SHOP.name(), "one ready", it -> it.at("/rollout/ready").asInt() == 1);
        api.order("rollout/pause", SHOP.name());
        api.awaitReady(SHOP.name(), 3, "Updating");
        assertThat(revisionsRunning()).containsOnlyKeys(1, 2);

        api.order("rollout/resume", SHOP.name());
        api.awaitReady(SHOP.name(), 3);
        assertThat(revisionsRunning()).containsOnlyKeys(2);
    }

    @Test
    void a_plan_tells_what_would_happen_and_changes_nothing() {
        serve(SHOP);
        var next = SHOP.environment("VERSION", "2");

        var plan = api.plan(next);

        assertThat(plan.path("outcome").asText()).isEqualTo("Changed");
        assertThat(plan.path("changes").findValuesAsText("after")).contains("2");
        assertThat(plan.path("actions").findValuesAsText("subject"))
                .startsWith("e2e-roll-3", "e2e-roll-0");
        assertThat(api.app(SHOP.name()).path("revision").asInt()).isEqualTo(1);
    }

    private static Map<Integer, Integer> revisionsRunning() {
        var counts = new HashMap<Integer, Integer>();
        api.instances(SHOP.name()).stream()
                .filter(it -> it.path("state").asText().equals("Running"))
                .forEach(it -> counts.merge(it.path("revision").asInt(), 1, Integer::sum));
        return counts;
    }

    /** Waits until nginx has the route table that belongs to the state that the API shows. */
    private static void awaitAnswerOf(String version) {
        Eventually.await(
                "an answer of version " + version,
                () -> versions(1),
                it -> it.containsKey(version));
    }

    private static Map<String, Integer> versions(int requests) {
        var counts = new HashMap<String, Integer>();
        for (var i = 0; i < requests; i++) {
            counts.merge(
                    platform.get(SHOP.host(), "/?json").json().path("version").asText(),
                    1,
                    Integer::sum);
        }
        return counts;
    }

    private static JsonNode awaitEvent(String type) {
        var seen = new HashSet<JsonNode>();
        api.await(
                SHOP.name(),
                type,
                _ -> {
                    api.events(SHOP.name()).stream()
                            .filter(event -> event.path("type").asText().equals(type))
                            .forEach(seen::add);
                    return !seen.isEmpty();
                });
        return seen.iterator().next();
    }

    private static void serve(DemoApp app) {
        api.apply(app);
        api.awaitReady(app.name(), app.replicas());
        platform.awaitServed(app.host());
    }
}
