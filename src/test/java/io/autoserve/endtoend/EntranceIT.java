package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.exit.Exit;
import io.autoserve.testing.CountingApp;
import io.autoserve.testing.LoadBalancer;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Typed;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Uses the command line as users of a cluster do: through the controllers' load balancer, in plain
 * HTTP and over TLS, with a token.
 */
@ParameterizedClass
@EnumSource
class EntranceIT {
    private static final String MINE = "e2e-mine";
    private static final String YOURS = "e2e-yours";
    private static final String[] WAYS_IN = {
        "exec %s -- id", "logs %s -f", "port-forward %s 0:8080"
    };

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static LoadBalancer balancer;
    private static String admin;
    private static String deployer;
    private static String viewer;

    enum Way {
        PLAIN,
        TLS
    }

    private final Way way;

    EntranceIT(Way way) {
        this.way = way;
    }

    @BeforeAll
    static void start() {
        admin = platform.guard().text();
        balancer = platform.balance(platform.startController());
        within(
                PATIENCE,
                "the admin is let in",
                () -> type(Way.PLAIN, "", admin, "list").exit() == 0,
                () -> type(Way.PLAIN, "", admin, "list").err());
        deployer = token("ci", "--role", "deployer", "--app", MINE);
        viewer = token("eve", "--role", "viewer", "--app", MINE);
        for (var app : List.of(MINE, YOURS)) {
            var applied =
                    type(
                            Way.PLAIN,
                            CountingApp.yaml(app, 1),
                            admin,
                            "apply",
                            "-",
                            "--wait",
                            "--timeout",
                            PATIENCE.toSeconds() + "s");
            assertThat(applied.exit()).as(applied.err()).isZero();
        }
    }

    private static String token(String name, String... arguments) {
        var words = new ArrayList<>(List.of("token", "create", name, "--output", "json"));
        words.addAll(List.of(arguments));
        var typed = type(Way.PLAIN, "", admin, words.toArray(String[]::new));
        assertThat(typed.exit()).as(typed.err()).isZero();
        var token = Pattern.compile("as_\\w{12}_[\\w-]{43}").matcher(typed.out());
        assertThat(token.find()).as(typed.out()).isTrue();
        return token.group();
    }

    private static Typed type(Way way, String input, String token, String... arguments) {
        var words = new ArrayList<>(List.of(arguments));
        var options = words.contains("--") ? words.indexOf("--") : words.size();
        words.addAll(options, List.of("--token", token, "--ca", balancer.authority().toString()));
        var url = way == Way.TLS ? balancer.tlsUrl() : balancer.url();
        return new Typed(url, input, words.toArray(String[]::new));
    }

    @Test
    void a_command_runs_in_ones_own_app_and_what_is_piped_in_comes_out_again() {
        var text = "0123456789abcde\n".repeat(20_000);

        var typed = type(way, text, deployer, "exec", MINE, "-i", "--", "sh", "-c", "cat; exit 7");

        assertThat(typed.exit()).isEqualTo(7);
        assertThat(typed.out()).isEqualTo(text);
    }

    @Test
    void the_logs_of_ones_own_app_come_as_they_are_written() {
        var typed = type(way, "", deployer, "logs", MINE, "-f", "-n", "1");
        typed.await("they come", () -> typed.out().lines().count() > 30);
        typed.interrupt();
        typed.exit();

        assertThat(typed.out().lines()).allSatisfy(line -> assertThat(line).matches(".*line \\d+"));
    }

    @Test
    void a_port_of_ones_own_app_is_reached_from_here() throws Exception {
        var typed = type(way, "", deployer, "port-forward", MINE, "0:8080");
        var address = Pattern.compile("127\\.0\\.0\\.1:\\d+");
        typed.await("it listens", () -> address.matcher(typed.out()).find());
        var here = address.matcher(typed.out()).results().findFirst().orElseThrow().group();

        for (var i = 0; i < 5; i++) {
            assertThat(page(here)).isEqualTo(CountingApp.PAGE);
        }
        typed.interrupt();
    }

    private static String page(String address) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://" + address + "/")).build();
            return client.send(request, BodyHandlers.ofString()).body();
        }
    }

    @Test
    void nobody_gets_into_the_app_of_others_and_is_told_why() {
        for (var command : WAYS_IN) {
            var typed = type(way, "", deployer, command.formatted(YOURS).split(" "));

            assertThat(typed.exit()).as(command).isEqualTo(Exit.DENIED.code());
            assertThat(typed.err()).contains("the token 'ci' is limited to the apps " + MINE);
            assertThat(typed.out()).isEmpty();
        }
    }

    @Test
    void a_viewer_reads_logs_but_gets_no_further_and_is_told_why() {
        var logs = type(way, "", viewer, "logs", MINE, "-n", "2");
        assertThat(logs.exit()).as(logs.err()).isZero();
        assertThat(logs.out()).contains("line ");

        for (var command : List.of("exec %s -- id", "port-forward %s 0:8080")) {
            var typed = type(way, "", viewer, command.formatted(MINE).split(" "));

            assertThat(typed.exit()).as(command).isEqualTo(Exit.DENIED.code());
            assertThat(typed.err())
                    .contains(
                            "this request needs the role deployer, but the token 'eve' has the role viewer");
        }
    }

    @Test
    void a_token_that_is_none_is_told_so() {
        for (var command : WAYS_IN) {
            var typed = type(way, "", "as_nonsense", command.formatted(MINE).split(" "));

            assertThat(typed.exit()).as(command).isEqualTo(Exit.DENIED.code());
            assertThat(typed.err()).contains("the token is not valid", "'autoserve token create'");
        }
    }
}
