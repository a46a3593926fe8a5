package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests how {@code apply} waits for several apps at once. The command reports the outcome of each
 * app, even after one of them has failed.
 */
@Timeout(60)
class ApplyTest {
    private static final String STARTING = Answers.app("Starting", 3, 3, 2);
    private static final String CRASHING = Answers.app("CrashLooping", 3, 3, 2);
    private static final String UPDATING = Answers.app("Updating", 3, 3, 3);
    private static final String AWAY =
            Answers.problem(503, "Service Unavailable", "the database is away", "");
    private static final String LATER = "2026-01-31T10:00:00Z";

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @TempDir private Path folder;

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void waits_for_all_apps_past_one_that_crashes() throws IOException {
        applies("one", CRASHING);
        applies("two", STARTING, STARTING, Answers.RUNNING);
        applies("three", Answers.RUNNING);

        var said = apply("--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(table(said))
                .isEqualTo(
                        """
                        ✗ one    crash looping  revision 2, changed  2 of 3 instances are ready
                        ✓ three  ready          revision 2, changed  … s
                        ✓ two    ready          revision 2, changed  … s
                        """);
        assertThat(said.err())
                .isEqualTo(
                        """
                        one failed to become ready: 2 of 3 instances are ready. Run `autoserve logs one`.
                        autoserve: 1 of 3 apps failed
                        """);
    }

    @Test
    void every_way_to_fail_is_told_with_its_way_out() throws IOException {
        applies("back", UPDATING, Answers.at(Answers.RUNNING, 3, LATER));
        events("back", "RolloutRolledBack", "back-0 failed 3 times in a row");
        applies("crash", CRASHING);
        applies("deleted", STARTING);
        applies("over", UPDATING, Answers.at(Answers.RUNNING, 3, LATER));
        events("over", "AppUpdated", "revision 3 applied");
        applies("paused", paused());
        api.answers("GET /api/v1/apps/deleted", 404, Answers.problem(404, "Not found", "gone", ""));

        var said = apply("--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(table(said))
                .isEqualTo(
                        """
                        ✗ back     rolled back    revision 2, changed  revision 2 was rolled back: back-0 failed 3 times in a row
                        ✗ crash    crash looping  revision 2, changed  2 of 3 instances are ready
                        ✗ deleted  deleted        revision 2, changed  the app was deleted
                        ✗ over     replaced       revision 2, changed  revision 2 was replaced by revision 3 of ann
                        ✗ paused   paused         revision 2, changed  paused by ann
                        """);
        assertThat(said.err().lines())
                .containsExactly(
                        "back failed to become ready: revision 2 was rolled back: back-0 failed 3 times in a"
                                + " row. Run `autoserve events --app back`.",
                        "crash failed to become ready: 2 of 3 instances are ready. Run `autoserve logs"
                                + " crash`.",
                        "deleted failed to become ready: the app was deleted. Run `autoserve events --app"
                                + " deleted`.",
                        "over failed to become ready: revision 2 was replaced by revision 3 of ann. Run"
                                + " `autoserve events --app over`.",
                        "the rollout of paused is paused (paused by ann). Run `autoserve rollout resume"
                                + " paused` to continue or `autoserve rollout undo paused` to roll back.",
                        "autoserve: 5 of 5 apps failed");
    }

    @Test
    void a_failed_release_command_ends_the_wait() throws IOException {
        var failed = Answers.app("ReleaseFailed", 3, 0, 0);
        applies("first", failed);
        applies("later", STARTING, Answers.rolling(failed, 1));
        applies("web", Answers.RUNNING);

        var said = apply("--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(table(said))
                .isEqualTo(
                        """
                        ✗ first  release failed  revision 2, changed  0 of 3 instances are ready
                        ✗ later  release failed  revision 2, changed  0 of 3 instances are ready
                        ✓ web    ready           revision 2, changed  … s
                        """);
        assertThat(said.err().lines())
                .contains(
                        "first failed to become ready: 0 of 3 instances are ready. Run `autoserve task"
                                + " list first`.");
    }

    @Test
    void the_timeout_is_of_all_apps_together() throws IOException {
        applies("one", STARTING);
        applies("two", STARTING);
        applies("web", Answers.RUNNING);

        var said = apply("--wait", "--timeout", "500ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT.code());
        assertThat(table(said))
                .isEqualTo(
                        """
                        ✗ one  timed out  revision 2, changed  2 of 3 instances are ready
                        ✗ two  timed out  revision 2, changed  2 of 3 instances are ready
                        ✓ web  ready      revision 2, changed  … s
                        """);
        assertThat(said.err())
                .contains("one is not ready after", "two is not ready after")
                .contains("Run `autoserve status two`.")
                .endsWith("autoserve: 2 of 3 apps failed\n");
    }

    @Test
    void every_app_is_looked_at_once_however_short_the_timeout_is() throws IOException {
        applies("one", STARTING);
        applies("two", Answers.RUNNING);

        var said = apply("--wait", "--timeout", "1ms");

        assertThat(table(said)).contains("✗ one  timed out", "✓ two  ready");
    }

    @Test
    void a_failure_besides_timeouts_is_a_failure() throws IOException {
        applies("one", STARTING);
        applies("two", CRASHING);

        assertThat(apply("--wait", "--timeout", "1ms").exit()).isEqualTo(Exit.FAILED.code());
    }

    @Test
    void a_spec_that_is_not_applied_does_not_keep_the_others_from_being_waited_for()
            throws IOException {
        applies("one", Answers.RUNNING);
        refuses("one");
        applies("two", STARTING, Answers.RUNNING);

        var said = apply("--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(table(said))
                .isEqualTo(
                        """
                        ✗ one  not applied  -                    Conflict: its host is taken
                        ✓ two  ready        revision 2, changed  … s
                        """);
        assertThat(said.err().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        one was not applied: Conflict: its host is taken. Fix the cause, then apply DIR/one.yaml again.
                        autoserve: 1 of 2 apps failed
                        """);
    }

    @Test
    void what_is_not_applied_is_in_the_table_without_waiting_too() throws IOException {
        applies("one", Answers.RUNNING);
        refuses("one");
        applies("two", Answers.RUNNING);

        var said = apply();

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.out().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        ✗ one  not applied  -           DIR/one.yaml
                        ✓ two  changed      revision 2  DIR/two.yaml
                        """);
    }

    @Test
    void the_progress_counts_apps_and_names_one_that_is_not_ready() throws IOException {
        applies("crash", CRASHING);
        applies("one", Answers.RUNNING);
        applies("two", STARTING, Answers.RUNNING);

        var said = apply("--wait");

        assertThat(said.out().lines().findFirst().orElseThrow().replaceAll("\\d\\.\\d s", "… s"))
                .isEqualTo("1 of 3 apps ready, 1 failed (… s); two: 2 of 3 ready");
    }

    @Test
    void the_progress_prefers_an_app_with_trouble() throws IOException {
        var reason = "last output: no database";
        applies("one", STARTING, Answers.RUNNING);
        applies("two", Answers.app("Degraded", 3, 3, 2, "Failed", reason), Answers.RUNNING);

        assertThat(apply("--wait").out())
                .contains("; two: 2 of 3 ready; web-2: last output: no database\n");
    }

    @Test
    void the_wait_goes_on_while_no_controller_answers() throws IOException {
        applies("one", Answers.RUNNING);
        applies("two", STARTING, Answers.RUNNING);
        api.inFront("GET /api/v1/apps/one", 503, AWAY);

        var said = apply("--wait");

        assertThat(said.exit()).isZero();
        assertThat(said.out()).contains("; one: no controller answers", "✓ one", "✓ two");
        assertThat(said.err()).isEmpty();
    }

    @Test
    void a_way_that_is_refused_is_the_failure_of_that_app_alone() throws IOException {
        applies("one", Answers.RUNNING);
        applies("two", STARTING, Answers.RUNNING);
        api.inFront("GET /api/v1/apps/one", 500, Answers.problem(500, "Broken", "a bug", ""));

        var said = apply("--wait");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(table(said)).contains("✗ one  failed  revision 2, changed  Broken: a bug");
        assertThat(table(said)).contains("✓ two  ready");
        assertThat(said.err()).isEqualTo("one: Broken: a bug\nautoserve: 1 of 2 apps failed\n");
    }

    @Test
    void programs_get_one_array_and_failures_on_standard_error() throws IOException {
        applies("one", CRASHING);
        applies("two", STARTING, Answers.RUNNING);

        var said = apply("--wait", "-o", "json");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        var answers = new ObjectMapper().readTree(said.out());
        assertThat(answers.findValuesAsText("image")).hasSize(2);
        assertThat(answers.get(1).path("name").asText()).isEqualTo("two");
        assertThat(said.err()).contains("`autoserve logs one`", "1 of 2 apps failed");
        assertThat(api.requests().getLast().path()).as("last poll").isEqualTo("/api/v1/apps/two");
    }

    private Session.Said apply(String... options) {
        var arguments = new String[options.length + 3];
        arguments[0] = "apply";
        arguments[1] = "-f";
        arguments[2] = folder.toString();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return session.run(arguments);
    }

    /** Writes a spec of this app, and sets the controller's successive answers about the app. */
    private void applies(String app, String... looks) throws IOException {
        Files.writeString(folder.resolve(app + ".yaml"), "metadata: {name: %s}\n".formatted(app));
        api.answers("PUT /api/v1/apps/" + app + "?dryRun=true", 200, "{\"outcome\":\"Changed\"}")
                .answers("PUT /api/v1/apps/" + app, 200, named(app, UPDATING));
        for (var look : looks) {
            api.answers("GET /api/v1/apps/" + app, 200, named(app, look));
        }
    }

    private static String named(String app, String answer) {
        return answer.replaceFirst("\"web\"", "\"" + app + "\"");
    }

    private void refuses(String app) {
        api.inFront(
                "PUT /api/v1/apps/" + app,
                409,
                Answers.problem(409, "Conflict", "its host is taken", ""));
    }

    private static String paused() {
        return UPDATING.replaceFirst(
                "\"instances\"",
                "\"rollout\":{\"paused\":true,\"reason\":\"paused by ann\"},\"instances\"");
    }

    private void events(String app, String type, String reason) {
        api.answers(
                "GET /api/v1/events?app=%s&limit=200".formatted(app),
                200,
                """
                {"events":[{"seq":9,"type":"%s","app":"%s","revision":3,"actor":"ann","reason":"%s"}]}
                """
                        .formatted(type, app, reason));
    }

    /**
     * Returns the lines with results, without the progress before them. Durations are replaced by
     * {@code …}.
     */
    private static String table(Session.Said said) {
        return said.out()
                .lines()
                .filter(line -> line.matches("[✓✗].*"))
                .map(line -> line.replaceAll("\\d+\\.\\d s", "… s") + "\n")
                .reduce("", String::concat);
    }
}
