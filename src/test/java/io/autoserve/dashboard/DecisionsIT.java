package io.autoserve.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the functions that decide what the dashboard shows. They are pure. */
class DecisionsIT {
    private static final String POLICY =
            """
            {"strategy": "rolling", "minReadySeconds": 5, "steps": [
                {"weight": 10, "holdSeconds": 60}, {"weight": 50, "holdSeconds": 300}]}
            """;

    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();
    private static final Page page = browser.open(controller.address());

    @ParameterizedTest(name = "{0}, {2} of {1} ready, {4} of {3} requests/s fail: {5}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Running      | 2 | 2 | 10  | 0    | running  | running
                    Running      | 2 | 2 | 10  | 0.05 | running  | running
                    Running      | 2 | 2 | 0.1 | 0.1  | running  | running
                    Running      | 2 | 2 | 100 | 2    | degraded | running, 2.0 % errors
                    Running      | 2 | 2 | 10  | 5    | failing  | running, 50 % errors
                    Degraded     | 2 | 1 | 10  | 0    | degraded | degraded
                    Degraded     | 2 | 0 | 0   | 0    | failing  | degraded
                    CrashLooping | 2 | 1 | 10  | 0    | failing  | crash looping
                    ReleaseFailed| 2 | 2 | 10  | 0    | failing  | release failed
                    Updating     | 2 | 2 | 10  | 0    | changing | updating
                    Stopped      | 0 | 0 | 10  | 5    | stopped  | stopped
                    Asleep       | 0 | 0 | 0   | 0    | stopped  | asleep
                    StateOfLater | 2 | 2 | 10  | 0    | changing | state of later
                    """)
    void a_condition_follows_from_the_state_and_the_errors(
            String state,
            int desired,
            int ready,
            double requests,
            double errors,
            String name,
            String text) {
        var condition =
                call(
                        "condition.js",
                        "condition",
                        """
                        [{"state": "%s", "replicas": {"desired": %d, "ready": %d}},
                         {"stepSeconds": 10, "requestsPerSecond": [%s], "errorsPerSecond": [%s]}]
                        """
                                .formatted(state, desired, ready, requests, errors));

        assertThat(condition)
                .contains("\"name\":\"%s\"".formatted(name), "\"text\":\"%s\"".formatted(text));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a domain comes first       | "shop.localhost", "shop.example.com" | 10.0.0.1  | http://shop.example.com/
                    a wildcard has no address  | "shop.localhost", "*.example.com"    | 127.0.0.1 | http://shop.localhost/
                    another machine has none   | "shop.localhost"                     | 10.0.0.1  |
                    """)
    void the_address_of_an_app_is_one_that_the_browser_can_open(
            String name, String hosts, String here, @Nullable String address) {
        assertThat(
                        call(
                                "links.js",
                                "addressOf",
                                "[{\"hosts\": [%s], \"pathPrefix\": \"/\"}, \"%s\"]"
                                        .formatted(hosts, here)))
                .as(name)
                .isEqualTo(address == null ? "null" : "\"" + address + "\"");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    the container exited, exit code 3; last output: no db / bye | the container exited | 3, an error of the app     | ["no db","bye"]
                    the container exited, exit code 137                         | the container exited | 137, killed by SIGKILL     | []
                    the container exited, exit code 130                         | the container exited | 130, ended by signal 2     | []
                    the command ended with exit code 3; last output: no db      | the command ended    | 3, an error of the app     | ["no db"]
                    GET /health: 500, slow                                      | GET /health: 500, slow |                          | []
                    """)
    void the_end_of_a_container_is_read_from_the_reason(
            String reason, String cause, @Nullable String exit, String output) {
        assertThat(call("app-failure.js", "endingOf", "[\"%s\"]".formatted(reason)))
                .isEqualTo(
                        "{\"cause\":\"%s\",\"exit\":%s,\"output\":%s}"
                                .formatted(
                                        cause, exit == null ? "null" : "\"" + exit + "\"", output));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    the instance has failed     | 2026-01-01T12:01:00Z | shop-0 | InstanceFailed | it exited
                    another instance has failed | 2026-01-01T12:01:00Z | shop-1 | InstanceFailed | waits
                    a deleted app has failed    | 2025-01-01T12:01:00Z | shop-0 | InstanceFailed | waits
                    it has become ready since   | 2026-01-01T12:01:00Z | shop-0 | InstanceReady  | waits
                    """)
    void an_event_explains_only_a_failure_that_lasts(
            String name, String at, String instance, String type, String cause) {
        var failure =
                call(
                        "app-failure.js",
                        "failureOf",
                        """
                        [{"name": "shop", "state": "Degraded", "createdAt": "2026-01-01T12:00:00Z",
                          "replicas": {"ready": 0, "desired": 1},
                          "instances": [{"name": "shop-0", "state": "Failed", "reason": "waits"}]},
                         {"name": "failing", "errors": null},
                         [{"type": "InstanceFailed", "app": "shop", "instance": "shop-0", "seq": 1,
                           "at": "2025-01-01T12:00:00Z", "reason": "shop-0: an older one"},
                          {"type": "%s", "app": "shop", "instance": "%s", "seq": 2,
                           "at": "%s", "reason": "%s: it exited"}]]
                        """
                                .formatted(type, instance, at, instance));

        assertThat(failure).as(name).contains("\"cause\":\"%s\"".formatted(cause));
    }

    @Test
    void a_failed_release_command_explains_the_failure() {
        var failure =
                call(
                        "app-failure.js",
                        "failureOf",
                        """
                        [{"name": "shop", "state": "ReleaseFailed", "createdAt": "2026-01-01T12:00:00Z",
                          "reason": "0 of 2 instances ready; the release command failed: task 0f3kq9vs: the command ended with exit code 3; last output: no db",
                          "replicas": {"ready": 0, "desired": 2}, "instances": []},
                         {"name": "failing", "errors": null}, []]
                        """);

        assertThat(failure)
                .contains(
                        "\"title\":\"0 of 2 instances ready\"",
                        "\"cause\":\"the release command failed: task 0f3kq9vs: the command ended\"",
                        "\"exit\":\"3, an error of the app\"",
                        "\"output\":[\"no db\"]");
    }

    @ParameterizedTest(name = "{0} at step {1}: {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Canary    | 0 | 10 % of the traffic
                    Canary    | 1 | 50 % of the traffic
                    Replacing | 2 | replace old instances
                    Watching  | 2 | watch
                    """)
    void a_rollout_is_at_one_of_its_stages(String phase, int step, String stage) {
        var stages =
                call(
                        "app-rollout.js",
                        "stagesOf",
                        """
                        [{"phase": "%s", "step": %d, "steps": 2, "weight": null}, %s]
                        """
                                .formatted(phase, step, POLICY));

        assertThat(stages)
                .contains("{\"label\":\"%s\",\"place\":\"current\"}".formatted(stage))
                .containsOnlyOnce("current");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a step ends when all new instances were ready for its time | Canary    | false | "2026-01-01T12:00:10Z" | 2026-01-01T12:01:15Z
                    a paused rollout does not continue                         | Canary    | true  | "2026-01-01T12:00:10Z" |
                    an instance that is not ready is waited for                | Canary    | false | null                   |
                    the watch time begins when the instances are available     | Watching  | false | "2026-01-01T12:00:10Z" | 2026-01-01T12:00:45Z
                    replacing takes as long as it takes                        | Replacing | false | "2026-01-01T12:00:10Z" |
                    """)
    void the_countdown_of_a_stage_ends_at_a_known_time(
            String name, String phase, boolean paused, String readySince, @Nullable String end) {
        var until =
                call(
                        "app-rollout.js",
                        "stageEnd",
                        """
                        [{"rollout": {"phase": "%s", "paused": %s, "step": 0, "to": 2, "watchSeconds": 30,
                            "steppedAt": "2026-01-01T12:00:00Z"},
                          "instances": [
                            {"revision": 1, "state": "Running", "readySince": "2026-01-01T11:00:00Z"},
                            {"revision": 2, "state": "Running", "readySince": %s}]}, %s]
                        """
                                .formatted(phase, paused, readySince, POLICY));

        assertThat(until)
                .as(name)
                .isEqualTo(
                        end == null ? "null" : String.valueOf(Instant.parse(end).toEpochMilli()));
    }

    @ParameterizedTest(name = "a certificate until {0} with the problem {1}: {3}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    null                   | null      | coming | being ordered
                    null                   | "timeout" | bad    | not issued
                    "2026-01-01T00:00:00Z" | null      | bad    | expired
                    "2026-01-02T13:30:00Z" | null      | warn   | expires in 1 h 30 min
                    "2026-01-10T12:00:00Z" | "timeout" | warn   | expires in 8 d
                    "2026-03-01T12:00:00Z" | null      | good   | expires in 58 d
                    """)
    void a_certificate_is_yellow_two_weeks_before_it_expires(
            String notAfter, String trouble, String tone, String text) {
        assertThat(
                        call(
                                "domains.js",
                                "certificateOf",
                                """
                                [{"notAfter": %s, "trouble": %s}, "2026-01-02T12:00:00Z"]
                                """
                                        .formatted(notAfter, trouble)))
                .isEqualTo("{\"tone\":\"%s\",\"text\":\"%s\"}".formatted(tone, text));
    }

    @ParameterizedTest(name = "seen on {0}: {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2026-06-15T12:30:00Z | [0-9:]{8}
                    2026-06-20T12:00:00Z | 15 June?, [0-9:]{8}
                    2025-06-15T12:00:00Z | 15 June? 2026, [0-9:]{8}
                    """)
    void a_time_has_the_year_if_it_is_not_this_year(String now, String shown) {
        assertThat(call("format.js", "clock", "[\"2026-06-15T12:00:00Z\", \"%s\"]".formatted(now)))
                .matches("\"" + shown + "\"");
    }

    @Test
    void a_deployment_shows_what_made_it_and_how_it_ended() {
        var deployments =
                call(
                        "deploys.js",
                        "deploymentsOf",
                        """
                        [{"createdAt": "2026-01-01T12:00:00Z", "rollout": {"from": 3, "to": 4}},
                         [{"revision": 4, "containersOf": 4, "served": false},
                          {"revision": 3, "containersOf": 1, "served": true},
                          {"revision": 2, "containersOf": 2, "served": false},
                          {"revision": 1, "containersOf": 1, "served": true}],
                         [{"type": "AppUpdated", "revision": 1, "at": "2025-01-01T12:00:00Z", "reason": "of a deleted app"},
                          {"type": "AppRegistered", "revision": 1, "at": "2026-01-01T12:00:00Z", "reason": "first"},
                          {"type": "RolloutRolledBack", "revision": 3, "at": "2026-01-01T12:10:00Z", "reason": "it failed"}]]
                        """);

        assertThat(deployments)
                .contains("\"text\":\"in progress\"")
                .contains("\"text\":\"containers of revision 1\"")
                .contains("\"text\":\"rolled back\",\"reason\":\"it failed\"")
                .contains("\"text\":\"served\"")
                .contains("\"reason\":\"first\"")
                .doesNotContain("of a deleted app");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    other containers that have served | {"revision": 1, "containersOf": 1, "served": true}  | null         | 1
                    not to containers that failed     | {"revision": 1, "containersOf": 1, "served": false} | null         | null
                    the rollout began from them       | {"revision": 1, "containersOf": 1, "served": true}  | {"from": 2}  | 2
                    """)
    void a_rollback_has_a_target(String name, String earlier, String rollout, String target) {
        assertThat(
                        call(
                                "deploys.js",
                                "rollbackTarget",
                                """
                                [{"rollout": %s},
                                 [{"revision": 3, "containersOf": 2, "served": true, "current": true},
                                  {"revision": 2, "containersOf": 2, "served": true}, %s]]
                                """
                                        .formatted(rollout, earlier)))
                .as(name)
                .isEqualTo(target);
    }

    private static String call(String file, String function, String arguments) {
        return PageModule.call(page, file, function, arguments);
    }
}
