package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ControllerProcess;
import io.autoserve.testing.CountingApp;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.Relay;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Typed;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Uses the command line with instances on the real Docker. It reads their logs, runs commands in
 * them, and forwards their ports.
 */
class AttachingIT {
    private static final String APP = "e2e-count";

    private static RunningPlatform platform;
    private static ControllerProcess controller;
    private static Relay relay;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.start();
        controller = platform.launchController("controller-1").awaitReady();
        controller.api().register(CountingApp.yaml(APP, 2));
        controller.api().awaitReady(APP, 2);
        relay = new Relay(controller.api().root());
    }

    @AfterAll
    static void stop() {
        relay.close();
        platform.close();
    }

    private static Typed type(String... arguments) {
        return new Typed(relay.url(), "", arguments);
    }

    @Test
    void the_exit_code_and_both_streams_are_the_commands() {
        var typed = type("exec", APP, "--", "sh", "-c", "echo out; echo err >&2; exit 42");

        assertThat(typed.exit()).isEqualTo(42);
        assertThat(typed.out()).isEqualTo("out\n");
        assertThat(typed.err()).isEqualTo("err\n");
        within(
                PATIENCE,
                "events tell of it",
                () ->
                        reasons("ExecEnded").stream()
                                .anyMatch(it -> it.contains("ended with exit code 42")),
                () -> reasons("ExecEnded"));
        assertThat(reasons("ExecStarted"))
                .anySatisfy(it ->
                        assertThat(it)
                                .isEqualTo("ann runs 'sh' with 2 arguments in " + APP + "-0"));
    }

    private static List<String> reasons(String type) {
        return controller.api().events(APP).stream()
                .filter(event -> event.path("type").asText().equals(type))
                .map(event -> event.path("actor").asText() + " " + event.path("reason").asText())
                .toList();
    }

    @Test
    void a_task_runs_in_a_container_of_its_own_and_leaves_its_output() {
        var typed = type("run", APP, "--", "sh", "-c", "echo out; echo err >&2; exit 42");

        assertThat(typed.exit()).isEqualTo(42);
        assertThat(typed.out()).isEqualTo("out\n");
        assertThat(typed.err()).contains("err\n", "the command ended with exit code 42");
        assertThat(reasons("TaskFailed")).singleElement().asString().contains("last output");
        var task = controller.api().get("/api/v1/apps/" + APP + "/tasks").require(200);
        var name = task.at("/tasks/0/name").asText();
        var logs = type("task", "logs", APP, name);
        assertThat(logs.exit()).isZero();
        assertThat(logs.out()).contains("out\n", "err\n");
        within(
                PATIENCE,
                "the container is removed",
                () -> containers().lines().noneMatch(container -> container.contains(name)),
                AttachingIT::containers);
    }

    @Test
    void what_an_instance_wrote_before_it_failed_can_be_read() {
        var app = "e2e-fails";
        controller
                .api()
                .apply(
                        DemoApp.named(app)
                                .replicas(1)
                                .image("debian:trixie-slim")
                                .command("sh", "-c", "echo no database; exit 3"));

        within(
                PATIENCE,
                "the log of the failed instance is kept",
                () -> {
                    var logs = type("logs", app, "--previous");
                    return logs.exit() == 0 && logs.out().contains("no database");
                },
                () -> controller.api().events(app));

        controller.api().delete(app);
    }

    private static String containers() {
        return docker("ps", "--all", "--format", "{{.Names}}");
    }

    @Test
    void what_is_piped_in_comes_out_again_to_the_last_byte() {
        var text = "0123456789abcde\n".repeat(200_000);

        var typed = new Typed(relay.url(), text, "exec", APP, "-i", "--", "cat");

        assertThat(typed.exit()).isZero();
        assertThat(typed.out()).hasSize(text.length()).isEqualTo(text);
    }

    @Test
    void a_terminal_has_a_size_and_one_stream() {
        // an older Docker sets the size shortly after it has started the command
        var script = "tty; until stty size | grep -q '24 80'; do :; done; stty size";

        var typed = type("exec", APP, "--instance", APP + "-1", "-t", "--", "sh", "-c", script);

        assertThat(typed.exit()).isZero();
        assertThat(typed.out()).matches("/dev/pts/\\d+\r\n24 80\r\n");
    }

    @Test
    void a_program_that_is_not_there_is_told_in_the_engines_words() {
        var typed = type("exec", APP, "--", "no-such-program");

        assertThat(typed.exit()).isIn(126, 127);
        assertThat(typed.out() + typed.err()).contains("no-such-program");
    }

    @Test
    void a_port_is_reached_from_here() throws Exception {
        var typed = type("port-forward", APP, "0:8080");
        var address = Pattern.compile("127\\.0\\.0\\.1:\\d+");
        typed.await("it listens", () -> address.matcher(typed.out()).find());
        var match = address.matcher(typed.out());
        assertThat(match.find()).isTrue();

        for (var i = 0; i < 20; i++) {
            var page =
                    HttpClient.newHttpClient()
                            .send(
                                    HttpRequest.newBuilder(
                                                    URI.create("http://" + match.group() + "/"))
                                            .build(),
                                    BodyHandlers.ofString());
            assertThat(page.body()).isEqualTo(CountingApp.PAGE);
        }

        typed.interrupt();
        assertThat(reasons("ForwardStarted")).hasSize(1);
    }

    @Test
    void logs_of_all_are_followed_through_the_death_of_the_controller_without_a_gap_or_a_repeat() {
        var second = platform.launchController("controller-2").awaitReady();
        var typed = type("logs", APP, "-f", "-n", "5");
        typed.await("both are followed", () -> lines(typed, 0) > 10 && lines(typed, 1) > 10);

        relay.leadTo(second.api().root());
        controller.kill();
        controller = second;
        var before = lines(typed, 0);
        typed.await("they go on", () -> lines(typed, 0) > before + 100);
        controller.api().scale(APP, 3);
        typed.await("a third one comes", () -> lines(typed, 2) > 10);
        docker("kill", "--signal", "KILL", APP + "-2");
        typed.await("its replacement comes", () -> comes(typed, 2, 1) > 1);
        typed.interrupt();

        assertThat(typed.err()).contains("+ " + APP + "-2", "- " + APP + "-2");
        for (var instance = 0; instance < 2; instance++) {
            var numbers = numbers(typed, instance);
            assertThat(numbers)
                    .isEqualTo(
                            IntStream.range(numbers.getFirst(), numbers.getFirst() + numbers.size())
                                    .boxed()
                                    .toList());
        }
    }

    private static int lines(Typed typed, int instance) {
        return numbers(typed, instance).size();
    }

    private static long comes(Typed typed, int instance, int number) {
        return numbers(typed, instance).stream().filter(it -> it == number).count();
    }

    /**
     * Returns the numbers in the lines of the instance. The last line is left out if it is
     * incomplete.
     */
    private static List<Integer> numbers(Typed typed, int instance) {
        return Pattern.compile(APP + "-" + instance + " +line (\\d+)\n")
                .matcher(typed.out())
                .results()
                .map(line -> Integer.valueOf(line.group(1)))
                .toList();
    }
}
