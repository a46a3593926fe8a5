package io.autoserve.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests {@code logs --follow} while the controller goes away and comes back. */
class FollowTest {
    private static final String STREAM = "GET /api/v1/apps/web/logs/stream?tail=100";

    private static final String CROWDED =
            """
            {"type":"urn:autoserve:problem:too-many-streams","title":"Too Many Requests","status":429,
             "detail":"the token 'ci' has 64 streams open: close some of them, or retry later"}
            """;

    private static final String TOO_MANY_WRITES =
            """
            {"type":"urn:autoserve:problem:too-many-writes","title":"Too Many Requests","status":429,
             "detail":"your token makes too many changes at once"}
            """;

    /** The answer to the plain GET if a WebSocket would be accepted again. */
    private static final String NO_WEBSOCKET =
            """
            {"type":"urn:autoserve:problem:bad-request","title":"Bad Request","status":400,
             "detail":"the Upgrade header must be websocket",
             "errors":[{"parameter":"header Upgrade","message":"the Upgrade header must be websocket"}]}
            """;

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void resumes_behind_the_last_line_and_prints_none_twice() {
        stream(line(1, "web-0", "one") + line(2, "web-1", "two"));
        stream(line(1, "web-0", "one") + line(2, "web-1", "two") + line(3, "web-0", "three"));
        stream("event: Gone\ndata: {\"app\":\"web\"}\n\n");

        var said = session.run("logs", "web", "-f");

        assertThat(said.out()).isEqualTo("web-0  one\nweb-1  two\nweb-0  three\n");
        assertThat(said.exit()).isZero();
        assertThat(api.requests())
                .extracting(LoopbackApi.Request::lastEventId)
                .containsExactly("null", "2000000000", "3000000000");
    }

    @Test
    void several_apps_are_followed_at_once_until_all_are_gone() {
        stream(line(1, "web-0", "one") + "event: Gone\ndata: {}\n\n");
        api.answers(
                STREAM.replace("web", "api"),
                200,
                "text/event-stream",
                line(1, "api-0", "two") + "event: Gone\ndata: {}\n\n");

        var said = session.run("logs", "web", "api", "-f");

        assertThat(said.exit()).isZero();
        assertThat(said.out().lines()).containsExactlyInAnyOrder("web-0  one", "api-0  two");
    }

    @Test
    void without_a_name_apps_that_are_created_later_are_followed_too() {
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[{\"name\":\"web\"}],\"seq\":7}");
        stream(line(1, "web-0", "one") + "event: Gone\ndata: {}\n\n");
        api.answers(
                        "GET /api/v1/events/stream?type=AppRegistered",
                        200,
                        "text/event-stream",
                        "id: 1-8\nevent: AppRegistered\ndata: {\"app\":\"api\"}\n\n")
                .answers("GET /api/v1/events/stream?type=AppRegistered", 403, "{}")
                .answers(
                        STREAM.replace("web", "api").replace("100", "10000"),
                        200,
                        "text/event-stream",
                        line(1, "api-0", "two") + "event: Gone\ndata: {}\n\n");

        var said = session.run("logs", "-f");

        assertThat(said.exit()).isZero();
        assertThat(said.out().lines()).containsExactlyInAnyOrder("web-0  one", "api-0  two");
        assertThat(said.err()).contains("apps that are created later are not shown: ");
        assertThat(api.requests())
                .filteredOn(it -> it.path().startsWith("/api/v1/events/stream"))
                .extracting(LoopbackApi.Request::lastEventId)
                .containsExactly("7", "1-8");
    }

    @Test
    void an_app_that_cannot_be_followed_is_reported_beside_the_lines_of_the_others() {
        stream(line(1, "web-0", "one") + "event: Gone\ndata: {}\n\n");

        var said = session.run("logs", "web", "gone", "-f");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.out()).isEqualTo("web-0  one\n");
        assertThat(said.err().lines())
                .contains(
                        "gone: Not found: there is no app 'web'",
                        "autoserve: the logs of 1 of 2 apps cannot be followed");
    }

    @Test
    void a_line_of_another_instance_that_comes_late_is_not_lost() {
        stream(line(5, "web-0", "five"));
        stream(line(4, "web-1", "four") + line(5, "web-0", "five"));
        stream("event: Gone\ndata: {}\n\n");

        assertThat(session.run("logs", "web", "-f").out()).isEqualTo("web-0  five\nweb-1  four\n");
    }

    @Test
    void tells_beside_the_lines_who_comes_and_goes() {
        stream(
                "event: Joined\ndata: {\"instance\":\"web-2\"}\n\n"
                        + line(1, "web-2", "hello")
                        + "event: Left\ndata: {\"instance\":\"web-2\"}\n\n"
                        + "event: Gone\ndata: {}\n\n");

        var said = session.run("logs", "web", "-f");

        assertThat(said.out()).isEqualTo("web-2  hello\n");
        assertThat(said.err()).isEqualTo("+ web-2\n- web-2\n- the app was deleted\n");
    }

    @Test
    void every_instance_has_its_colour_and_what_is_looked_for_is_inverted() {
        stream(
                line(1, "web-0", "all is well")
                        + line(2, "web-1", "an error, and an error")
                        + "event: Gone\ndata: {}\n\n");

        assertThat(session.atTerminal().run("logs", "web", "-f", "--grep", "er+or").out())
                .isEqualTo(
                        "\033[33mweb-1\033[0m  an \033[7merror\033[27m, and an \033[7merror\033[27m\n");
    }

    @Test
    void programs_get_a_line_of_json_for_each() {
        stream(line(1, "web-0", "one") + "event: Gone\ndata: {}\n\n");

        assertThat(session.run("logs", "web", "-f", "-o", "json").out())
                .isEqualTo(
                        """
                        {"at":"1970-01-01T00:00:01Z","instance":"web-0","stream":"stdout","text":"one"}
                        """);
    }

    @Test
    void waits_while_too_many_streams_are_open_and_says_so_once() {
        api.answers(STREAM, 429, "application/problem+json", CROWDED)
                .answers(STREAM, 429, "application/problem+json", CROWDED);
        stream(line(1, "web-0", "one") + "event: Gone\ndata: {}\n\n");

        var said = session.run("logs", "web", "-f");

        assertThat(said.out()).isEqualTo("web-0  one\n");
        assertThat(said.err())
                .isEqualTo(
                        "the token 'ci' has 64 streams open: close some of them, or retry later; retrying in 0 s\n- the app was deleted\n");
    }

    @Test
    void exec_gives_up_after_some_time_and_tells_why() {
        api.answers("GET /api/v1/apps/web/exec", 429, "application/problem+json", CROWDED);

        var said = session.run("exec", "web", "--", "ls");

        assertThat(said.exit()).isEqualTo(Exit.DENIED.code());
        assertThat(said.err().lines())
                .hasSize(5)
                .allMatch(line -> line.contains("the token 'ci' has 64 streams open"));
    }

    @Test
    void exec_is_tried_again_if_the_token_began_too_much_at_once() {
        var route = "GET /api/v1/apps/web/exec";
        api.answers(route, 429, "application/problem+json", TOO_MANY_WRITES)
                .answers(route, 429, "application/problem+json", TOO_MANY_WRITES)
                .answers(route, 429, "application/problem+json", TOO_MANY_WRITES)
                .answers(route, 400, "application/problem+json", NO_WEBSOCKET)
                .answers(route, 404, "application/problem+json", "{\"status\":404}");

        var said = session.run("exec", "web", "--", "ls");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.err())
                .startsWith(
                        """
                        the token makes too many changes at once; retrying in 0 s
                        the controller refused the WebSocket; retrying in 0 s
                        """);
    }

    @Test
    void an_unknown_app_is_not_waited_for() {
        var said = session.run("logs", "nobody", "-f");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
    }

    @Test
    void a_pattern_that_is_none_is_told_at_once() {
        var said = session.run("logs", "web", "--grep", "(");

        assertThat(said.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(said.err()).contains("'(' is not a regular expression: Unclosed group");
    }

    private void stream(String messages) {
        api.answers(STREAM, 200, "text/event-stream", messages);
    }

    private static String line(int second, String instance, String text) {
        return """
        id: %d000000000
        event: Line
        data: {"at":"1970-01-01T00:00:0%dZ","instance":"%s","stream":"stdout","text":"%s"}

        """
                .formatted(second, second, instance, text);
    }
}
