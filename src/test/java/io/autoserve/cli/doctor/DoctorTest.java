package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/**
 * Runs {@code doctor} on the machine of the test. The findings depend on the machine, but their
 * form does not.
 */
class DoctorTest {
    private static final String CLUSTER =
            """
            {"leader":"c1","term":4,"members":[{"version":"0.1.0"}],
             "database":{"primary":"a:5432","timeline":1,"replicas":[]}}
            """;

    @Test
    void programs_get_every_finding_and_the_worst() throws IOException {
        try (var api = new LoopbackApi()) {
            api.answers("GET /health/live", 200, "{}")
                    .answers("GET /health/ready", 200, "{}")
                    .answers(
                            "GET /health",
                            200,
                            """
                            {"checks":[{"name":"leader","ok":false,"detail":"no controller reports that it leads"}]}
                            """)
                    .answers("GET /api/v1/cluster", 200, CLUSTER)
                    .answers(
                            "GET /api/v1/apps",
                            200,
                            """
                            {"apps":[{"name":"blog","image":"localhost/blog","conflicts":["a.com/ is not served: another app already has it"]}],"seq":1}
                            """);

            var said = new Session().run("doctor", "-o", "json", "--url", api.url());

            var json = new ObjectMapper().readTree(said.out());
            assertThat(json.path("worst").asText()).isEqualTo("fail");
            assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
            assertThat(json.path("findings").findValuesAsText("fact"))
                    .contains("leader: no controller reports that it leads")
                    .contains("blog: a.com/ is not served: another app already has it")
                    .anyMatch(fact -> fact.startsWith(api.url() + " answers; c1 leads in term 4"));
        }
    }

    @Test
    void an_app_that_keeps_crashing_is_named_with_the_reason() {
        try (var api = new LoopbackApi()) {
            api.answers("GET /health/live", 200, "{}")
                    .answers(
                            "GET /api/v1/apps",
                            200,
                            "{\"apps\":[%s,%s]}"
                                    .formatted(
                                            Answers.RUNNING,
                                            Answers.app(
                                                    "CrashLooping",
                                                    1,
                                                    1,
                                                    0,
                                                    "Failed",
                                                    "exited with 1")));

            assertThat(new Session().run("doctor", "--url", api.url()).out())
                    .containsOnlyOnce("is crash looping")
                    .contains(
                            "web is crash looping: web-0: exited with 1 → run 'autoserve logs web'");
        }
    }

    @Test
    void an_app_whose_release_command_failed_is_named_with_the_reason() {
        try (var api = new LoopbackApi()) {
            api.answers("GET /health/live", 200, "{}")
                    .answers(
                            "GET /api/v1/apps",
                            200,
                            "{\"apps\":[%s]}".formatted(Answers.app("ReleaseFailed", 3, 0, 0)));

            assertThat(new Session().run("doctor", "--url", api.url()).out())
                    .contains(
                            "web: 0 of 3 instances are ready → run 'autoserve task list web' to see its release commands");
        }
    }

    @Test
    void what_the_token_may_not_read_is_reported_as_not_checked() {
        try (var api = new LoopbackApi()) {
            api.answers("GET /health/live", 200, "{}")
                    .answers("GET /health/ready", 200, "{}")
                    .answers("GET /health", 403, Answers.problem(403, "Forbidden", "all apps", ""))
                    .answers("GET /api/v1/cluster", 200, CLUSTER);

            var said = new Session().run("doctor", "--url", api.url());

            assertThat(said.out())
                    .contains("not checked: the controllers' own checks, because the token");
            assertThat(said.exit()).isNotEqualTo(Exit.OK.code());
        }
    }

    @Test
    void people_get_a_line_for_each_with_the_way_out() {
        var said = new Session().run("doctor", "--url", "http://127.0.0.1:1");

        assertThat(said.exit()).isNotEqualTo(Exit.OK.code());
        assertThat(said.out()).containsPattern("(?m)^(warn|fail) +api +.* → .*autoserve");
        assertThat(said.out().lines()).allMatch(line -> line.matches("(ok|warn|fail) +[a-z]+ +.*"));
    }

    @Test
    void what_is_open_is_checked_on_this_machine_only() {
        var here = new Session().run("doctor", "--security", "--url", "http://127.0.0.1:1");

        assertThat(here.exit()).isNotEqualTo(Exit.USAGE.code());
        assertThat(here.out()).containsPattern("(?m)^warn +access +no controller answers");
        assertThat(here.out().lines()).allMatch(line -> line.matches("(ok|warn|fail) +[a-z]+ +.*"));
        var elsewhere = new Session().run("doctor", "--security", "--url", "http://192.0.2.1:1");
        assertThat(elsewhere.exit()).isEqualTo(Exit.USAGE.code());
    }
}
