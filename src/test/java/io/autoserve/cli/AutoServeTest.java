package io.autoserve.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.command.Shell;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;

/** Tests the command line as a whole: help, misuse, exit codes, colour. */
class AutoServeTest {
    private static final CommandLine ALL =
            AutoServe.commands(
                    new Shell(
                            Session.nowhere(),
                            Map.of(),
                            InstantSource.system(),
                            _ -> {
                                throw new UnsupportedOperationException("runs no command");
                            }));

    @Test
    void alone_it_lists_its_commands_in_groups() {
        var said = new Session().run();

        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .contains("\nApps\n", "\nInspect\n", "\nPlatform\n", "\nExit codes\n");
        assertThat(said.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_is_listed(String command) {
        assertThat(new Session().run().out())
                .containsPattern("\n  " + command + "(, [a-z]+)*  +[A-Z]");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_has_help_with_an_example(String command) {
        var said = new Session().run(command, "--help");

        assertThat(said.exit()).isZero();
        assertThat(said.out()).containsPattern("Examples?\n  .*autoserve ");
        assertThat(said.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void the_overview_is_the_same_without_loading_the_commands() {
        assertThat(new Session().run("--help").out()).isEqualTo(ALL.getUsageMessage(Ansi.OFF));
    }

    static Stream<String> commands() {
        return CommandList.NAMES.stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void a_command_is_found_by_each_of_its_names(String name) {
        var type = CommandList.named(name).orElseThrow();
        var command = type.getAnnotation(Command.class);

        assertThat(command.name()).isEqualTo(name);
        for (var alias : command.aliases()) {
            assertThat(CommandList.named(alias).orElseThrow()).isEqualTo(type);
        }
        assertThat(CommandList.named(name + "x")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void a_command_alone_has_the_same_help_as_among_all(String name) {
        assertThat(new Session().run(name, "--help").out())
                .isEqualTo(
                        requireNonNull(ALL.getSubcommands().get(name)).getUsageMessage(Ansi.OFF));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    aply web.yaml             | 2 | unknown command 'aply': did you mean apply?
                    list --all                | 2 | unknown option '--all'
                    scale web                 | 2 | Missing required parameter: 'N'
                    up web --timeout 1w       | 2 | --timeout must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '1w'
                    events --since yesterday  | 2 | --since must be a duration such as 500ms, 60s, 10m, 2h or 1d, was 'yesterday'
                    events --since 90         | 2 | --since must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '90'
                    up web --timeout 90       | 2 | --timeout must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '90'
                    token create ci --role viewer --expires 90 | 2 | --expires must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '90'
                    simulate web.yaml --start-up 2 | 2 | --start-up must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '2'
                    up                        | 2 | Missing required parameter: 'NAME': 'autoserve list' shows all apps
                    scale web few             | 2 | N must be a whole number from 0 to 1000, was 'few'
                    scale web 5000            | 2 | N must be a whole number from 0 to 1000, was '5000'
                    events -n 0               | 2 | --limit must be a whole number from 1 to 1000, was '0'
                    logs web -n 20000         | 2 | --tail must be a whole number from 0 to 10000, was '20000'
                    rollback web --to 0       | 2 | --to must be a whole number of at least 1, was '0'
                    dev --http-port 70000     | 2 | --http-port must be a whole number from 1 to 65535, was '70000'
                    list -o xml               | 2 | --output: expected one of [table, json, yaml]
                    audit -n many             | 2 | --limit must be a whole number from 1 to 1000, was 'many'
                    domain add shop.example   | 2 | autoserve: Missing required argument
                    list --url nonsense       | 2 | 'nonsense' is not a URL such as http://127.0.0.1:8000
                    apply nowhere.yaml        | 3 | there is no file nowhere.yaml
                    controller                | 1 | the controller does not start: no controller in these tests
                    list --url http://127.0.0.1:1 | 5 | no controller answers at http://127.0.0.1:1: start one with 'autoserve dev' or set AUTOSERVE_URL / --url
                    """)
    void what_goes_wrong_says_the_way_out(String arguments, int exit, String message) {
        var said = new Session().run(arguments.split(" "));

        assertThat(said.exit()).isEqualTo(exit);
        assertThat(said.err()).contains(message);
        assertThat(said.out()).isEmpty();
    }

    @ParameterizedTest(name = "status {0} exits with {1}")
    @CsvSource({"400, 4", "404, 3", "409, 4", "413, 4", "422, 4", "500, 1", "503, 5"})
    void the_answers_status_decides_the_exit_code(int status, int exit) {
        try (var api = new LoopbackApi()) {
            api.answers("GET /api/v1/apps", status, Answers.problem(status, "No", "so it is", ""));

            var said = new Session().run("list", "--url", api.url());

            assertThat(said.exit()).isEqualTo(exit);
            assertThat(said.err()).isEqualTo("autoserve: No: so it is\n");
        }
    }

    @Test
    void something_else_that_answers_is_named() {
        try (var api = new LoopbackApi().answers("GET /api/v1/apps", 200, "text/html", "<html>")) {
            assertThat(new Session().run("list", "--url", api.url()).err())
                    .contains("is not an AutoServe controller");
        }
    }

    @Test
    void colour_is_for_terminals() {
        try (var api = new LoopbackApi().answers("GET /api/v1/apps/web", 200, Answers.RUNNING)) {
            assertThat(new Session().run("status", "web", "--url", api.url()).out())
                    .doesNotContain("\033");
            assertThat(new Session().atTerminal().run("status", "web", "--url", api.url()).out())
                    .contains("\033[32m●\033[0m running");
        }
    }
}
