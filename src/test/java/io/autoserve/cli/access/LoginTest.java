package io.autoserve.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoginTest {
    private static final String SESSION =
            "{\"actor\":\"ci\",\"role\":\"deployer\",\"apps\":[\"*\"],\"open\":false,\"expiresAt\":null}";

    @TempDir private Path home;
    private final LoopbackApi api = new LoopbackApi();

    @AfterEach
    void close() {
        api.close();
    }

    private Session session() {
        return new Session().with("HOME", home.toString()).with("AUTOSERVE_HOME", home.toString());
    }

    private String shown() {
        return api.requests().getLast().authorization();
    }

    private void logIn() {
        api.answers("GET /api/v1/session", 200, SESSION);
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[],\"seq\":0}");
        var said = session().typing("as_1\n").run("login", api.url(), "--name", "test");
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out()).contains("as ci (deployer)").doesNotContain("as_1");
    }

    @Test
    void notes_the_token_where_nobody_else_reads_it_and_shows_it_from_then_on() throws IOException {
        logIn();

        var file = home.resolve(".config/autoserve/config.yaml");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(session().run("list").exit()).isZero();
        assertThat(shown()).isEqualTo("Bearer as_1");
    }

    @Test
    void keeps_nothing_where_the_token_is_wrong() {
        api.answers("GET /api/v1/session", 401, Answers.problem(401, "Unauthorized", "no", ""));

        var said = session().typing("as_1\n").run("login", api.url());

        assertThat(said.exit()).isEqualTo(Exit.DENIED.code());
        assertThat(said.err())
                .contains("ask an admin for another token ('autoserve token create')");
        assertThat(home.resolve(".config")).doesNotExist();
    }

    @Test
    void shows_a_token_to_nobody_else() {
        logIn();

        try (var other = new LoopbackApi()) {
            other.answers("GET /api/v1/apps", 200, "{\"apps\":[],\"seq\":0}");
            session().run("list", "--url", other.url());

            assertThat(other.requests().getLast().authorization()).isEqualTo("null");
        }
    }

    @Test
    void shows_the_token_of_this_machine_on_this_machine() throws IOException {
        Files.createDirectories(home.resolve(".autoserve"));
        Files.writeString(home.resolve(".autoserve/admin-token"), "as_2\n");
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[],\"seq\":0}");

        session().run("list", "--url", api.url());
        assertThat(shown()).isEqualTo("Bearer as_2");

        session().with("AUTOSERVE_TOKEN", "as_3").run("list", "--url", api.url());
        assertThat(shown()).isEqualTo("Bearer as_3");

        session().run("list", "--url", api.url(), "--token", "as_4");
        assertThat(shown()).isEqualTo("Bearer as_4");
    }

    @Test
    void uses_another_context_until_told_otherwise() {
        logIn();
        assertThat(session().run("config", "contexts").out())
                .contains("*", "test", api.url(), "stored")
                .doesNotContain("as_1");
        assertThat(session().run("config", "use", "none").exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(session().run("config", "use").out()).contains("this machine");

        assertThat(session().run("list", "--context", "test").exit()).isZero();
        assertThat(shown()).isEqualTo("Bearer as_1");

        assertThat(session().run("config", "remove", "test").exit()).isZero();
        assertThat(session().run("config", "contexts").out()).contains("There are no contexts yet");
    }

    @Test
    void prints_a_new_token_alone_so_that_it_can_be_sent_to_a_file() {
        api.answers(
                "POST /api/v1/tokens",
                201,
                "{\"name\":\"ci\",\"apps\":[\"shop-*\"],\"token\":\"as_5\"}");

        var said =
                session()
                        .run(
                                "token",
                                "create",
                                "ci",
                                "--role",
                                "deployer",
                                "--app",
                                "shop-*",
                                "--expires",
                                "1d",
                                "--url",
                                api.url());

        assertThat(said.out()).isEqualTo("as_5\n");
        assertThat(said.err()).contains("role deployer, apps shop-*");
        assertThat(api.requests().getLast().body())
                .isEqualTo(
                        "{\"name\":\"ci\",\"role\":\"deployer\",\"apps\":[\"shop-*\"],"
                                + "\"expiresAt\":\"2026-02-01T12:00:00Z\"}");
    }

    @Test
    void exports_every_event_on_a_line_of_its_own() {
        var page = "{\"events\":[{\"seq\":4,\"actor\":\"ci\"},{\"seq\":7,\"actor\":\"ci\"}]}";
        api.answers("GET /api/v1/events?actor=ci&limit=1000&after=0", 200, page);

        var said = session().run("events", "--actor", "ci", "--export", "--url", api.url());

        assertThat(said.out())
                .isEqualTo("{\"seq\":4,\"actor\":\"ci\"}\n{\"seq\":7,\"actor\":\"ci\"}\n");
    }
}
