package io.autoserve.cli.apps;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the commands that change apps, and what they show while they wait. */
class ChangeTest {
    private static final String SPEC = "apiVersion: v1\nkind: App\nmetadata:\n  name: web\n";

    private static final String BUSY =
            """
            {"type": "urn:autoserve:problem:busy", "title": "Service Unavailable", "status": 503,
             "detail": "12 writes are under way"}
            """;

    private static final String TOO_MANY =
            """
            {"type": "urn:autoserve:problem:too-many-writes", "title": "Too Many Requests", "status": 429,
             "detail": "your token makes too many changes at once: nothing was changed, retry in 1 s"}
            """;

    private static final String UNAVAILABLE =
            """
            {"type": "urn:autoserve:problem:unavailable", "title": "Service Unavailable", "status": 503,
             "detail": "the database is away"}
            """;

    private static final String LATER = "2026-01-31T10:00:00Z";
    private static final String EVENTS = "GET /api/v1/events?app=web&limit=200";
    private static final String AWAY =
            Answers.problem(503, "Service Unavailable", "the database is away", "");
    private static final String NOT_FOUND = Answers.problem(404, "Not found", "no such app", "");

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());
    @TempDir private Path folder;

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void apply_sends_the_file_word_for_word() throws IOException {
        api.answers("PUT /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("apply", file(SPEC));

        assertThat(said.out()).isEqualTo("web changed, revision 2\n");
        assertThat(api.requests().getFirst().body()).isEqualTo(SPEC);
        assertThat(api.requests().getFirst().contentType()).isEqualTo("application/yaml");
    }

    @Test
    void apply_undoes_nobodys_later_change() throws IOException {
        var overtaken =
                "app 'web' is at revision 3, but your change is based on revision 2: check the newer revision, then retry";
        api.answers(
                "PUT /api/v1/apps/web?from=2",
                409,
                Answers.problem(409, "Not as it is now", overtaken, ""));

        var said = session.run("apply", file(SPEC), "--if-revision", "2");

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err()).contains(overtaken);
    }

    @Test
    void a_revision_is_of_one_app() throws IOException {
        var said = session.run("apply", file(SPEC + "---\n" + SPEC), "--if-revision", "2");

        assertThat(said.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(said.err()).contains("--if-revision is for one app, but there are 2 specs");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void a_single_fault_is_told_once() {
        var fault = "replicas must be 0 to 1000, was -1";
        api.answers(
                "POST /api/v1/apps/web/scale",
                422,
                Answers.problem(
                        422,
                        "Unprocessable Content",
                        "/replicas: " + fault,
                        "{\"pointer\":\"/replicas\",\"message\":\"%s\"}".formatted(fault)));

        assertThat(session.run("scale", "web", "7").err())
                .isEqualTo("autoserve: Unprocessable Content: /replicas: " + fault + "\n");
    }

    @Test
    void register_reads_standard_input() {
        api.answers("POST /api/v1/apps", 201, Answers.RUNNING);

        var said = session.typing("{\"metadata\":{\"name\":\"web\"}}").run("register", "-");

        assertThat(said.out()).isEqualTo("web registered, revision 2\n");
        assertThat(api.requests().getFirst().contentType()).isEqualTo("application/json");
    }

    @Test
    void every_fault_is_printed_as_compilers_do() throws IOException {
        var errors =
                """
                {"pointer":"/spec/image","line":7,"message":"must be a string"},\
                {"pointer":"/spec/imgae","line":9,"column":3,"message":"is not known; did you mean image?"}\
                """;
        api.answers(
                "PUT /api/v1/apps/web",
                422,
                Answers.problem(422, "The spec is wrong", "2 faults", errors));
        var file = file(SPEC);

        var said = session.run("apply", file);

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err().replace(file, "web.yaml"))
                .isEqualTo(
                        """
                        web.yaml:7 /spec/image  must be a string
                        web.yaml:9:3 /spec/imgae  is not known; did you mean image?
                        autoserve: The spec is wrong: 2 faults
                        """);
    }

    @Test
    void who_is_busy_is_asked_again() {
        api.answers("POST /api/v1/apps/web/restart", 503, BUSY)
                .answers("POST /api/v1/apps/web/restart", 503, BUSY)
                .answers("POST /api/v1/apps/web/restart", 202, Answers.RUNNING);

        var said = session.run("restart", "web");

        assertThat(said.exit()).isZero();
        assertThat(said.err()).isEqualTo("the controller is busy; retrying in 0 s\n".repeat(2));
        assertThat(api.requests()).hasSize(3);
    }

    @Test
    void a_token_that_made_too_many_changes_waits_and_tries_again() {
        api.answers("POST /api/v1/apps/web/restart", 429, TOO_MANY)
                .answers("POST /api/v1/apps/web/restart", 202, Answers.RUNNING);

        var said = session.run("restart", "web");

        assertThat(said.exit()).isZero();
        assertThat(said.err())
                .isEqualTo("the token makes too many changes at once; retrying in 0 s\n");
        assertThat(api.requests()).hasSize(2);
    }

    @Test
    void a_quota_is_sent_with_the_new_token() {
        api.answers("POST /api/v1/tokens", 201, "{\"token\": \"as_x_y\"}");

        session.run(
                "token",
                "create",
                "ci",
                "--role",
                "deployer",
                "--max-instances",
                "20",
                "--max-memory",
                "2Gi",
                "--max-cpu",
                "4");

        assertThat(api.requests().getFirst().body())
                .contains("\"quota\":{\"instances\":20,\"memory\":\"2Gi\",\"cpu\":\"4\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --max-memory | 1GiB | --max-memory: '1GiB' is not an amount: write 1Gi
                    --max-memory | much | --max-memory must be bytes like '512Mi' or '1G', from 6Mi to 1024Ti, was 'much'
                    --max-memory | 1XB  | --max-memory must be bytes like '512Mi' or '1G', from 6Mi to 1024Ti, was '1XB'
                    --max-cpu    | all  | --max-cpu must be cores like '1.5' or thousandths like '500m', was 'all'
                    """)
    void an_amount_that_is_none_is_refused_with_its_option(
            String option, String amount, String message) {
        var said = session.run("token", "create", "ci", "--role", "deployer", option, amount);

        assertThat(said.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(said.err()).contains(message);
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void the_list_of_tokens_shows_what_is_used_of_each_quota() {
        api.answers(
                "GET /api/v1/tokens",
                200,
                """
                {"tokens": [{"id": "a", "name": "ci", "role": "deployer", "apps": ["shop-*"], "createdBy": "ann",
                 "createdAt": "2026-01-01T00:00:00Z", "expiresAt": null, "expired": false,
                 "quota": {"instances": 20, "memory": "2Gi", "cpu": null},
                 "used": {"instances": 7, "memory": "512Mi", "cpu": "1"}}]}
                """);

        var said = session.run("token", "list");

        assertThat(said.out()).contains("7/20").contains("512Mi/2Gi").doesNotContain("1/");
    }

    @Test
    void who_remains_busy_is_not_asked_for_ever() {
        api.answers("POST /api/v1/apps/web/restart", 503, BUSY);

        var said = session.run("restart", "web");

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(said.err())
                .endsWith("autoserve: Service Unavailable: 12 writes are under way\n");
        assertThat(api.requests()).hasSize(5);
    }

    @Test
    void what_may_have_been_done_is_asked_for_again_by_the_same_key() {
        api.answers("POST /api/v1/apps/web/restart", 503, UNAVAILABLE)
                .answers("POST /api/v1/apps/web/restart", 202, Answers.RUNNING);

        var said = session.run("restart", "web");

        assertThat(said.exit()).isZero();
        assertThat(said.err())
                .isEqualTo("the controller is temporarily unavailable; retrying in 0 s\n");
        assertThat(api.requests()).hasSize(2);
        assertThat(keys()).hasSize(1).doesNotContain("null");
    }

    @Test
    void what_is_asked_for_anew_has_another_key() {
        api.answers("POST /api/v1/apps/web/restart", 202, Answers.RUNNING);

        session.run("restart", "web");
        session.run("restart", "web");

        assertThat(keys()).hasSize(2);
    }

    /**
     * If the client repeated the request, the controller would create another token. The client
     * could then never get the secret of the first one.
     */
    @Test
    void a_token_that_may_have_been_made_is_not_asked_for_again() {
        api.answers("POST /api/v1/tokens", 503, UNAVAILABLE);

        var said = session.run("token", "create", "ci", "--role", "viewer");

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(api.requests()).hasSize(1);
        assertThat(keys()).containsExactly("null");
    }

    private Set<String> keys() {
        return api.requests().stream().map(LoopbackApi.Request::key).collect(toSet());
    }

    @Test
    void a_name_that_is_none_is_one_fault_among_the_others() throws IOException {
        api.answers(
                "PUT /api/v1/apps/unnamed",
                422,
                Answers.problem(
                        422,
                        "The spec is wrong",
                        "2 faults",
                        """
                        {"pointer":"/metadata/name","line":3,"message":"name must be a DNS label"},
                        {"pointer":"/spec/ports","line":4,"message":"ports must be a list"}\
                        """));
        var file = file("metadata: {name: NO NAME}\nspec: {ports: 80}\n");

        var said = session.run("apply", file);

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err()).contains("/metadata/name", "/spec/ports");
    }

    @Test
    void bytes_that_are_no_text_are_told_so() throws IOException {
        var file = Files.write(folder.resolve("web.yaml"), new byte[] {1, (byte) 0xff});

        var said = session.run("apply", file.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err()).contains("web.yaml is not UTF-8 text");
    }

    @Test
    void waiting_prints_a_line_per_change_where_lines_cannot_be_undone() {
        api.answers("POST /api/v1/apps/web/scale", 202, Answers.app("Starting", 3, 1, 1))
                .answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("scale", "web", "3", "--wait");

        assertThat(said.exit()).isZero();
        assertThat(said.out().replaceAll("\\d\\.\\d s", "… s"))
                .isEqualTo(
                        """
                        web is scaling to 3 instances
                        web: 2 of 3 ready (web-2 starting, … s)
                        ✓ web: 3 of 3 ready (… s)
                        """);
        assertThat(api.requests().getFirst().body()).isEqualTo("{\"replicas\":3}");
    }

    @Test
    void waiting_tells_once_why_an_instance_does_not_come() {
        var reason = "the container exited, exit code 3; last output: no database";
        var failed = Answers.app("Degraded", 3, 3, 2, "Failed", reason);
        var pending = Answers.app("Degraded", 3, 3, 2, "Pending", reason);
        api.answers("POST /api/v1/apps/web/start", 202, failed)
                .answers("GET /api/v1/apps/web", 200, failed)
                .answers("GET /api/v1/apps/web", 200, pending)
                .answers("GET /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("up", "web", "--wait");

        assertThat(said.out().replaceAll("\\d\\.\\d s", "… s"))
                .isEqualTo(
                        """
                        web is starting
                        web: 2 of 3 ready (web-2 failed, … s); web-2: %s
                        web: 2 of 3 ready (web-2 pending, … s)
                        ✓ web: 3 of 3 ready (… s)
                        """
                                .formatted(reason));
    }

    @Test
    void waiting_gives_up_when_the_time_is_over() {
        api.answers("POST /api/v1/apps/web/start", 202, Answers.app("Starting", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 3, 3, 2));

        var said = session.run("up", "web", "--wait", "--timeout", "1ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT.code());
        assertThat(said.err()).contains("2 of 3 instances are ready", "autoserve status web");
    }

    @Test
    void waiting_ends_at_once_when_it_is_of_no_use() {
        api.answers("POST /api/v1/apps/web/start", 202, Answers.app("CrashLooping", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 200, Answers.app("CrashLooping", 3, 3, 2));

        var said = session.run("up", "web", "--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err())
                .isEqualTo(
                        "autoserve: web failed to become ready: 2 of 3 instances are ready. Run"
                                + " `autoserve logs web`.\n");
    }

    @Test
    void waiting_ends_at_once_when_the_rollout_is_held() throws IOException {
        var held =
                Answers.app("Updating", 3, 3, 3)
                        .replaceFirst(
                                "\"instances\"",
                                "\"rollout\":{\"paused\":true,\"reason\":\"paused by ann\"},\"instances\"");
        api.answers("PUT /api/v1/apps/web", 200, Answers.app("Updating", 3, 3, 3))
                .answers("GET /api/v1/apps/web", 200, held);

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err())
                .isEqualTo(
                        "autoserve: the rollout of web is paused (paused by ann). Run `autoserve rollout"
                                + " resume web` to continue or `autoserve rollout undo web` to roll"
                                + " back.\n");
    }

    @Test
    void waiting_fails_where_the_revision_is_taken_back() throws IOException {
        api.answers("PUT /api/v1/apps/web", 200, Answers.app("Updating", 3, 3, 3))
                .answers("GET /api/v1/apps/web", 200, Answers.app("Updating", 3, 3, 3))
                .answers("GET /api/v1/apps/web", 200, Answers.at(Answers.RUNNING, 3, LATER))
                .answers(
                        EVENTS,
                        200,
                        revisionBy("RolloutRolledBack", "web-0 failed 3 times in a row"));

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err())
                .isEqualTo(
                        "autoserve: web failed to become ready: revision 2 was rolled back: web-0 failed"
                                + " 3 times in a row. Run `autoserve events --app web`.\n");
        assertThat(said.out()).doesNotContain("✓");
    }

    @Test
    void waiting_lasts_until_the_new_revision_cannot_be_rolled_back_any_more() throws IOException {
        var rolling = Answers.rolling(Answers.app("Updating", 3, 3, 3), 1);
        api.answers("PUT /api/v1/apps/web", 200, rolling)
                .answers("GET /api/v1/apps/web", 200, Answers.rolling(Answers.RUNNING, 1))
                .answers("GET /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isZero();
        assertThat(said.out().replaceAll("\\d\\.\\d s", "… s"))
                .isEqualTo(
                        """
                        web changed, revision 2
                        web: 3 of 3 ready, watching revision 2 (… s)
                        ✓ web: 3 of 3 ready (… s)
                        """);
    }

    @Test
    void a_timeout_while_the_rollout_is_watched_says_that_the_time_was_too_short()
            throws IOException {
        var watched = Answers.rolling(Answers.RUNNING, 1);
        api.answers("PUT /api/v1/apps/web", 200, watched)
                .answers("GET /api/v1/apps/web", 200, watched);

        var said = session.run("apply", file(SPEC), "--wait", "--timeout", "1ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT.code());
        assertThat(said.err().replaceAll("after \\S+ s", "after … s"))
                .matches(
                        "autoserve: the rollout of web is not complete after … s: all 3 ready; the"
                                + " rollout is watched for another [56]\\d s: raise --timeout\\."
                                + " AutoServe keeps trying\\. Run `autoserve status web`\\.\\n");
    }

    @ParameterizedTest
    @CsvSource({"up web, start", "restart web, restart", "scale web 3, scale"})
    void a_change_that_makes_no_revision_does_not_wait_for_the_rollout_to_be_watched(
            String command, String action) {
        var watched = Answers.rolling(Answers.RUNNING, 1);
        api.answers("POST /api/v1/apps/web/" + action, 202, watched)
                .answers("GET /api/v1/apps/web", 200, watched);

        var said = session.run((command + " --wait").split(" ", -1));

        assertThat(said.exit()).isZero();
        assertThat(said.out()).contains("✓ web: 3 of 3 ready");
    }

    @Test
    void a_rollout_that_crashes_is_reported_with_the_revision_that_serves_again()
            throws IOException {
        var crashing = Answers.rolling(Answers.app("CrashLooping", 3, 4, 3), 1);
        api.answers("PUT /api/v1/apps/web", 200, crashing)
                .answers("GET /api/v1/apps/web", 200, crashing)
                .answers("GET /api/v1/apps/web", 200, Answers.at(Answers.RUNNING, 3, LATER))
                .answers(
                        EVENTS,
                        200,
                        revisionBy("RolloutRolledBack", "web-3 failed 3 times in a row: exit 1"));

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err())
                .isEqualTo(
                        "autoserve: web failed to become ready: revision 2 was rolled back to revision 1,"
                                + " which serves: web-3 failed 3 times in a row: exit 1. Run `autoserve"
                                + " events --app web`.\n");
    }

    @Test
    void undo_names_the_revision_that_it_restores() {
        api.answers(
                        "POST /api/v1/apps/web/rollout/undo",
                        202,
                        Answers.at(Answers.RUNNING, 3, LATER))
                .answers(EVENTS, 200, revisionBy("AppUpdated", "revision 3 restores revision 1"));

        assertThat(session.run("rollout", "undo", "web").out())
                .isEqualTo("web is rolled back: revision 3 restores revision 1\n");
    }

    @Test
    void an_undo_has_succeeded_even_if_its_event_cannot_be_read() {
        api.answers(
                        "POST /api/v1/apps/web/rollout/undo",
                        202,
                        Answers.at(Answers.RUNNING, 3, LATER))
                .answers(EVENTS, 500, Answers.problem(500, "Broken", "a bug", ""));

        var said = session.run("rollout", "undo", "web");

        assertThat(said.exit()).isZero();
        assertThat(said.out()).isEqualTo("web is rolled back; this made revision 3\n");
    }

    @Test
    void the_history_shows_which_revisions_have_not_served() {
        api.answers(
                "GET /api/v1/apps/web/revisions",
                200,
                "{\"revisions\":[%s,%s,%s]}"
                        .formatted(
                                revision(3, 1, true, false),
                                revision(2, 2, false, false),
                                revision(1, 1, false, true)));

        assertThat(session.run("rollout", "history", "web").out().lines().map(String::strip))
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).startsWith("3 ").endsWith("current"))
                .anySatisfy(line -> assertThat(line).startsWith("2 ").endsWith("has not served"))
                .anySatisfy(line -> assertThat(line).startsWith("1 ").doesNotContain("served"));
    }

    private static String revision(int number, int template, boolean current, boolean served) {
        return """
        {"revision":%d,"current":%b,"containersOf":%d,"image":"web:%d","imageId":null,
         "actor":"ann","createdAt":"2026-01-31T09:59:00Z","served":%b}\
        """
                .formatted(number, current, template, template, served);
    }

    @Test
    void the_status_of_a_rollout_that_was_rolled_back_says_why() {
        api.answers("GET /api/v1/apps/web/rollout", 200, "{\"revision\":3,\"rollout\":null}")
                .answers(EVENTS, 200, revisionBy("RolloutRolledBack", "web-3 failed"));

        assertThat(session.run("rollout", "status", "web").out())
                .contains("web  revision 3, no rollout in progress\n  revision 2 failed ")
                .contains(" ago and was rolled back: web-3 failed\n");
    }

    @Test
    void waiting_fails_where_somebody_else_was_faster() throws IOException {
        api.answers("PUT /api/v1/apps/web", 200, Answers.app("Updating", 3, 3, 3))
                .answers("GET /api/v1/apps/web", 200, Answers.at(Answers.RUNNING, 3, LATER))
                .answers(EVENTS, 200, revisionBy("AppUpdated", "revision 3 applied"));

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err()).contains("revision 2 was replaced by revision 3 of ann");
    }

    @Test
    void waiting_does_not_believe_a_controller_that_has_not_heard_of_it() throws IOException {
        var before = Answers.at(Answers.app("CrashLooping", 3, 3, 3), 1, "2026-01-31T09:58:59Z");
        api.answers("PUT /api/v1/apps/web", 200, Answers.app("Updating", 3, 3, 3))
                .answers("GET /api/v1/apps/web", 404, NOT_FOUND)
                .answers("GET /api/v1/apps/web", 200, before)
                .answers("GET /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("apply", file(SPEC), "--wait");

        assertThat(said.exit()).isZero();
        assertThat(api.requests()).hasSize(4);
    }

    @Test
    void waiting_goes_on_while_no_controller_answers() {
        api.answers("POST /api/v1/apps/web/start", 202, Answers.app("Starting", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 503, AWAY)
                .answers("GET /api/v1/apps/web", 200, Answers.RUNNING);

        var said = session.run("up", "web", "--wait");

        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .containsPattern("web: no controller answers \\(.* s\\); .*the database is away")
                .contains("✓ web: 3 of 3 ready");
    }

    @Test
    void waiting_for_nobody_ends_with_the_time() {
        api.answers("POST /api/v1/apps/web/start", 202, Answers.app("Starting", 3, 3, 2))
                .answers("GET /api/v1/apps/web", 503, AWAY);

        var said = session.run("up", "web", "--wait", "--timeout", "1ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT.code());
        assertThat(said.err())
                .contains(
                        "the database is away", "Run `autoserve doctor` on the platform's machine");
    }

    @Test
    void programs_get_nothing_but_json() {
        api.answers("POST /api/v1/apps/web/stop", 202, Answers.RUNNING)
                .answers("GET /api/v1/apps/web", 200, Answers.app("Stopping", 0, 1, 0))
                .answers("GET /api/v1/apps/web", 200, Answers.app("Stopped", 0, 0, 0));

        assertThat(session.run("down", "web", "--wait", "-o", "json").out())
                .startsWith("{")
                .endsWith("}\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "delete web#old --yes",
                "down web?x",
                "scale web/.. 3",
                "rollout undo web%20x",
                "status WEB",
                "logs web#old",
                "exec web?x -- true",
                "top web#old",
                "events --app web#old",
                "export web web#old"
            })
    void what_is_no_name_of_an_app_is_not_sent(String command) {
        var said = session.run(command.split(" "));

        assertThat(said.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(said.err()).contains("is not an app name");
        assertThat(api.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret delete a#b", "token revoke a#b"})
    void other_names_mean_themselves_in_an_address(String command) {
        session.run(command.split(" "));

        assertThat(api.requests().getFirst().path()).endsWith("/a%23b");
    }

    @Test
    void delete_asks_where_somebody_is_there() {
        api.answers("DELETE /api/v1/apps/web", 202, Answers.RUNNING);

        assertThat(new Session().run("delete", "web").exit()).isEqualTo(Exit.USAGE.code());
        var no = session.atTerminal().typing("n\n").run("delete", "web");
        assertThat(no.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(no.out()).contains("Delete web and everything that belongs to it? [y/N]");
        assertThat(api.requests()).isEmpty();
        assertThat(session.typing("yes\n").run("delete", "web").exit()).isZero();
        assertThat(session.run("delete", "web", "--yes", "--wait").out()).contains("deleted");
    }

    @Test
    void several_apps_are_deleted_after_one_question() {
        api.answers("DELETE /api/v1/apps/web", 202, Answers.RUNNING)
                .answers(
                        "DELETE /api/v1/apps/api",
                        202,
                        Answers.RUNNING.replace("\"web\"", "\"api\""));

        var said = session.atTerminal().typing("y\n").run("delete", "web", "api", "web", "--wait");

        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .contains("Delete web, api and everything that belongs to them? [y/N]")
                .contains("web is being deleted\n", "api is being deleted\n")
                .containsPattern("web: deleted")
                .containsPattern("api: deleted");
        assertThat(api.requests()).filteredOn(it -> it.method().equals("DELETE")).hasSize(2);
    }

    @Test
    void an_app_that_cannot_be_deleted_does_not_keep_the_others() {
        api.answers("DELETE /api/v1/apps/api", 202, Answers.RUNNING.replace("\"web\"", "\"api\""));

        var said = session.run("delete", "web", "api", "--yes");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.out()).isEqualTo("api is being deleted\n");
        assertThat(said.err())
                .isEqualTo(
                        """
                        web  Not found: there is no app 'web'
                        autoserve: 1 of 2 apps were not deleted
                        """);
    }

    @ParameterizedTest
    @CsvSource({"start, up, /start", "stop, down, /stop", "rollback, rollout undo, /rollout/undo"})
    void a_command_has_the_name_that_people_try_first(String name, String other, String path) {
        api.answers("POST /api/v1/apps/web" + path, 202, Answers.RUNNING);

        var said = session.run(name, "web");

        assertThat(said.exit()).isZero();
        assertThat(session.run((other + " web").split(" ")).out()).isEqualTo(said.out());
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("web.yaml"), text).toString();
    }

    private static String revisionBy(String type, String reason) {
        return """
        {"events":[
          {"seq":7,"type":"AppUpdated","app":"web","instance":null,"revision":2,"actor":"bob","reason":"revision 2 applied"},
          {"seq":9,"type":"%s","app":"web","instance":null,"revision":3,"actor":"ann","at":"2026-01-31T09:59:40Z","reason":"%s"}]}
        """
                .formatted(type, reason);
    }
}
