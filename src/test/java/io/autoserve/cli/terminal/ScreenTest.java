package io.autoserve.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the exact output to the terminal, escape codes included. */
class ScreenTest {
    @ParameterizedTest(name = "{0} in {1} columns")
    @CsvSource({"abcdef, 6, abcdef", "abcdef, 5, abcd…", "abcdef, 1, …", "● up, 4, ● up"})
    void cuts_what_is_too_wide(String text, int columns, String cut) {
        assertThat(Cells.cut(text, columns)).isEqualTo(cut);
    }

    @Test
    void escape_codes_take_no_room_and_no_colour_is_left_on() {
        assertThat(Cells.width("\033[31mred\033[0m")).isEqualTo(3);
        assertThat(Cells.cut("\033[31mreddish\033[0m", 4)).isEqualTo("\033[31mred…\033[0m");
        assertThat(Cells.cut("\033[31mred\033[0m", 3)).isEqualTo("\033[31mred\033[0m");
    }

    @Test
    void a_list_is_cut_where_it_is_too_wide_and_facts_go_on_below() {
        var terminal = Session.nowhere();
        var list = new Table("").header(terminal, "NAME", "IMAGE").row("web", "registry/web:1.4");
        var facts = new Table("  ").row("web-0", "the container exited, exit code 3");

        assertThat(list.lines(11)).containsExactly("NAME  IMAGE", "web   regi…");
        assertThat(facts.lines(32))
                .containsExactly("  web-0  the container exited,", "         exit code 3");
    }

    @Test
    void a_frame_is_one_write_that_clears_what_was_there() {
        assertThat(Screen.frame(List.of("one", "two", "three"), new Tty.Size(10, 2)))
                .isEqualTo("\033[?2026h\033[Hone\033[K\r\ntwo\033[K\033[J\033[?2026l");
    }

    @Test
    void watched_where_nothing_can_be_drawn_over_only_changes_are_told() {
        try (var api = new LoopbackApi()) {
            api.answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 1, 1, 0))
                    .answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 1, 1, 0))
                    .answers("GET /api/v1/apps/web", 200, Answers.app("Running", 1, 1, 1))
                    .answers("GET /api/v1/apps/web", 404, Answers.problem(404, "Gone", "", ""));
            var session = new Session().with("AUTOSERVE_URL", api.url());

            var said = session.run("status", "web", "--watch");

            assertThat(said.out().lines().filter(line -> line.startsWith("web  ")))
                    .containsExactly(
                            "web  ● starting  0 of 1 instances are ready",
                            "web  ● running  1 of 1 instances are ready");
            assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        }
    }

    @Test
    void top_sorts_the_busiest_first() {
        try (var api = new LoopbackApi()) {
            api.answers(
                            "GET /api/v1/apps",
                            200,
                            "{\"apps\":[" + app("calm") + "," + app("busy") + "]}")
                    .answers("GET /api/v1/apps/calm/metrics", 200, load(1.5, 0, 90))
                    .answers("GET /api/v1/apps/busy/metrics", 200, load(250, 2.5, 10));
            var session = new Session().with("AUTOSERVE_URL", api.url());

            assertThat(session.run("top").out())
                    .isEqualTo(
                            """
                            APP   STATE      READY  REQ/S↓  P95 MS  ERRORS  CPU     MEMORY
                            busy  ● running  3/3    250     12.0    1.0 %   10.0 %  -
                            calm  ● running  3/3    1.5     12.0    0.0 %   90.0 %  -
                            """);
            assertThat(session.run("top", "--sort", "cpu").out().lines().toList().get(1))
                    .startsWith("calm");
        }
    }

    @Test
    void top_shows_the_other_apps_if_the_load_of_one_cannot_be_read() {
        try (var api = new LoopbackApi()) {
            api.answers(
                            "GET /api/v1/apps",
                            200,
                            "{\"apps\":[" + app("broken") + "," + app("busy") + "]}")
                    .answers("GET /api/v1/apps/broken/metrics", 403, "{\"detail\":\"no\"}")
                    .answers("GET /api/v1/apps/busy/metrics", 200, load(250, 2.5, 10));
            var session = new Session().with("AUTOSERVE_URL", api.url());

            assertThat(session.run("top").out())
                    .isEqualTo(
                            """
                            APP     STATE      READY  REQ/S↓  P95 MS  ERRORS  CPU     MEMORY
                            busy    ● running  3/3    250     12.0    1.0 %   10.0 %  -
                            broken  ● running  3/3    -       -       -       -       -
                            """);
        }
    }

    private static String app(String name) {
        return Answers.RUNNING.replace("\"web\"", "\"" + name + "\"");
    }

    private static String load(double requests, double failures, double cpu) {
        return """
        {"now":{"requestsPerSecond":%s,"classesPerSecond":[0,0,0,0,%s],"p95Ms":12,"cpuPercent":%s}}
        """
                .formatted(requests, failures, cpu);
    }
}
