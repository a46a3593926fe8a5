package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TasksTest {
    private static final String TASKS = "/api/v1/apps/web/tasks";
    private static final String EVERY_LINE = "GET " + TASKS + "/0f3kq9vs/logs?tail=10000&since=";
    private static final String LOGS = EVERY_LINE + "1970-01-01T00%3A00%3A00Z";
    private static final String LATER_LOGS = EVERY_LINE + "2026-01-31T12%3A00%3A00.000000001Z";

    @AutoClose private final LoopbackApi api = new LoopbackApi();

    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void run_shows_the_output_and_exits_like_the_command() {
        api.answers("POST " + TASKS, 202, task("Pending", null))
                .answers(LOGS, 200, logs("Running", null, "half"))
                .answers(LATER_LOGS, 200, logs("Failed", 3, "broken"));

        var said = session.run("run", "web", "--retries", "1", "--", "rake", "x");

        assertThat(said.out()).isEqualTo("half\nbroken\n");
        assertThat(said.err()).contains("task 0f3kq9vs: because of a test");
        assertThat(said.exit()).isEqualTo(3);
        assertThat(api.requests().getFirst().body())
                .isEqualToIgnoringWhitespace(
                        "{\"timeoutSeconds\":3600,\"retries\":1,\"command\":[\"rake\",\"x\"]}");
    }

    @Test
    void run_waits_on_while_no_controller_answers() {
        api.answers("POST " + TASKS, 202, task("Pending", null))
                .answers(
                        LOGS,
                        503,
                        Answers.problem(503, "Service Unavailable", "the database is away", ""))
                .answers(LOGS, 200, logs("Succeeded", 0, "done"));

        var said = session.run("run", "web", "--", "true");

        assertThat(said.out()).endsWith("done\n");
        assertThat(said.exit()).isZero();
    }

    @Test
    void a_task_without_an_exit_code_counts_as_failed() {
        api.answers("POST " + TASKS, 202, task("Pending", null))
                .answers(LOGS, 200, logs("Unknown", null, "half"));

        assertThat(session.run("run", "web", "--", "true").exit()).isEqualTo(Exit.FAILED.code());
    }

    @Test
    void run_detached_prints_the_name() {
        api.answers("POST " + TASKS, 202, task("Pending", null));

        assertThat(session.run("run", "web", "-d", "--", "true").out()).isEqualTo("0f3kq9vs\n");
    }

    @Test
    void tasks_are_listed() {
        api.answers("GET " + TASKS, 200, "{\"tasks\":[%s]}".formatted(task("Failed", 3)));

        assertThat(session.run("task", "list", "web").out())
                .contains("TASK", "0f3kq9vs", "Failed", "ann", "rake x");
    }

    @ParameterizedTest(name = "{0}, {1}, {2}: {3}")
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            textBlock =
                    """
                    Succeeded | 0    | the command ended with exit code 0         | exit code 0
                    Failed    | 3    | the command ended with exit code 3         | exit code 3
                    Failed    | null | the time limit of 5 s passed; last output: x / y | the time limit of 5 s passed
                    Failed    | 0    | the time limit of 5 s passed               | the time limit of 5 s passed
                    Cancelled | null | cancelled by bob                           | cancelled by bob
                    Running   | null | the command is running                     | -
                    """)
    void the_list_shows_how_a_task_ended(
            String state, @Nullable Integer exitCode, String reason, String result) {
        var task = task(state, exitCode).replace("because of a test", reason);
        api.answers("GET " + TASKS, 200, "{\"tasks\":[%s]}".formatted(task));

        var row = session.run("task", "list", "web").out().lines().toList().getLast();

        assertThat(row).startsWith("0f3kq9vs  " + state + "  " + result + "  ");
    }

    @Test
    void a_long_reason_leaves_room_for_the_command() {
        var task = task("Failed", null).replace("because of a test", "no such image ".repeat(9));
        api.answers("GET " + TASKS, 200, "{\"tasks\":[%s]}".formatted(task));

        assertThat(session.run("task", "list", "web").out()).contains("…", "rake x");
    }

    @Test
    void run_fails_if_the_task_was_stopped() {
        api.answers("POST " + TASKS, 202, task("Pending", null))
                .answers(LOGS, 200, logs("Failed", 0, "half"));

        assertThat(session.run("run", "web", "--", "true").exit()).isEqualTo(Exit.FAILED.code());
    }

    @Test
    void a_task_is_cancelled() {
        api.answers("DELETE " + TASKS + "/0f3kq9vs", 202, task("Running", null));

        assertThat(session.run("tasks", "cancel", "web", "0f3kq9vs").out())
                .isEqualTo("task 0f3kq9vs is being cancelled\n");
    }

    private static String logs(String state, @Nullable Integer exitCode, String line) {
        return """
        {"task":%s,"lines":[{"at":"2026-01-31T12:00:00Z","instance":"web.task-0f3kq9vs.1","stream":"stdout","text":"%s"}]}
        """
                .formatted(task(state, exitCode), line);
    }

    private static String task(String state, @Nullable Integer exitCode) {
        var over = !state.equals("Pending") && !state.equals("Running");
        return """
        {"name":"0f3kq9vs","app":"web","state":"%s","exitCode":%s,"actor":"ann","command":["rake","x"],
         "reason":"because of a test","createdAt":"2026-01-31T11:00:00Z","endedAt":%s}
        """
                .formatted(state, exitCode, over ? "\"2026-01-31T12:00:00Z\"" : "null");
    }
}
