package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Task;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskRoutesTest {
    private static final String TASKS = "/api/v1/apps/shop/tasks";

    @AutoClose private final Served api = new Served();

    @BeforeEach
    void register() {
        api.register("shop");
    }

    @Test
    void a_task_is_accepted_and_listed() {
        var accepted = post("{\"command\": [\"rake\", \"db:migrate\"], \"retries\": 2}");

        assertThat(accepted.status()).isEqualTo(202);
        assertThat(accepted.json().path("state").asText()).isEqualTo("Pending");
        assertThat(accepted.json().path("timeoutSeconds").asInt()).isEqualTo(3600);
        assertThat(api.get(TASKS).json().at("/tasks/0")).isEqualTo(accepted.json());
        assertThat(api.get(path(accepted)).json()).isEqualTo(accepted.json());
    }

    @Test
    void the_output_of_an_ended_task_comes_with_its_outcome() {
        var accepted = post("{\"command\": [\"false\"]}");
        api.platform.tasks().end(Task.TaskState.FAILED, 1, "it broke");

        var logs = api.get(path(accepted) + "/logs").json();

        assertThat(logs.at("/task/state").asText()).isEqualTo("Failed");
        assertThat(logs.at("/task/exitCode").asInt()).isEqualTo(1);
        assertThat(logs.at("/task/endedAt").isNull()).isFalse();
        assertThat(logs.at("/lines/0/text").asText()).isEqualTo("it broke");
    }

    @Test
    void a_task_is_cancelled() {
        var accepted = post("{\"command\": [\"sleep\", \"9\"]}");

        assertThat(api.send("DELETE", path(accepted), "", "").status()).isEqualTo(202);
        assertThat(api.get(path(accepted)).json().path("state").asText()).isEqualTo("Cancelled");
        assertThat(api.send("DELETE", TASKS + "/0000000v", "", "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"command\": []}",
                "{\"command\": [\" \"]}",
                "{\"command\": [\"a\\u0000\"]}",
                "{\"command\": [\"true\"], \"timeoutSeconds\": 0}",
                "{\"command\": [\"true\"], \"retries\": 11}",
                "{\"command\": [\"true\"], \"image\": \"other\"}"
            })
    void a_request_that_no_task_can_have_is_refused(String body) {
        assertThat(post(body).status()).isEqualTo(422);
    }

    @Test
    void a_task_of_another_app_or_with_another_name_is_not_found() {
        var accepted = post("{\"command\": [\"true\"]}");
        var name = accepted.json().path("name").asText();

        assertThat(api.get("/api/v1/apps/blog/tasks/" + name).status()).isEqualTo(404);
        assertThat(api.get(TASKS + "/web").status()).isEqualTo(400);
        assertThat(api.get("/api/v1/apps/blog/tasks").status()).isEqualTo(404);
    }

    @Test
    void a_schedule_is_listed_run_suspended_and_resumed() {
        var spec =
                """
                {"apiVersion": "v1", "kind": "App", "metadata": {"name": "blog"},
                 "spec": {"image": "blog:1", "ports": [{"containerPort": 8080}],
                   "schedules": [{"name": "nightly", "cron": "0 4 * * *", "command": ["rake", "x"]}]}}
                """;
        assertThat(api.send("POST", "/api/v1/apps", "application/json", spec).status())
                .isEqualTo(201);
        var schedules = "/api/v1/apps/blog/schedules";

        var listed = api.get(schedules).json().at("/schedules/0");
        assertThat(listed.path("concurrency").asText()).isEqualTo("forbid");
        assertThat(listed.path("timeZone").asText()).isEqualTo("UTC");
        assertThat(api.post(schedules + "/nightly/suspend").status()).isEqualTo(200);
        assertThat(api.get(schedules).json().at("/schedules/0/suspendedBy").isNull()).isFalse();
        assertThat(api.post(schedules + "/nightly/resume").status()).isEqualTo(200);
        var task = api.post(schedules + "/nightly/run");
        assertThat(task.status()).isEqualTo(202);
        assertThat(task.json().at("/command/0").asText()).isEqualTo("rake");
        assertThat(api.post(schedules + "/hourly/run").status()).isEqualTo(404);
        assertThat(api.post(schedules + "/hourly/suspend").status()).isEqualTo(404);
    }

    private Served.Answer post(String body) {
        return api.send("POST", TASKS, "application/json", body);
    }

    private static String path(Served.Answer task) {
        return TASKS + "/" + task.json().path("name").asText();
    }
}
