package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.api.Served.Answer;
import io.autoserve.model.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Tests the dashboard's files as the server sends them. The tests in the package {@code dashboard}
 * open the page in a browser.
 */
class DashboardTest {
    private static final Path FILES = Path.of("src/main/resources/dashboard");
    private static final Pattern LINK = Pattern.compile("/dashboard/[0-9a-f]+/[^\"]+");
    private static final Pattern TYPES = Pattern.compile("(?<=const TYPES = )\\[[^]]+]");
    private static final Pattern TYPE = Pattern.compile("\\w+");
    private static final Pattern CONDITIONS = Pattern.compile("(?<=const BY_STATE = )\\{[^}]+}");
    private static final Pattern CONDITION = Pattern.compile("\\w+(?=: \")");

    @AutoClose private final Served api = new Served();

    @Test
    void browsers_get_the_page_and_programs_what_they_got_before() {
        assertThat(home().body()).contains("<main id=\"main\"");
        assertThat(api.get("/").body()).contains("/openapi.yaml");
        assertThat(home().header("Vary")).contains("Accept");
        assertThat(api.get("/").header("Vary")).contains("Accept");
    }

    @Test
    void every_file_of_the_page_is_listed_by_it_and_served() throws IOException {
        try (var files = Files.list(FILES)) {
            assertThat(links().map(link -> link.substring(link.lastIndexOf('/') + 1)))
                    .containsAll(
                            files.map(file -> file.getFileName().toString())
                                    .filter(name -> !name.equals("index.html"))
                                    .toList());
        }
        assertThat(links()).allSatisfy(link -> assertThat(api.get(link).status()).isEqualTo(200));
    }

    @Test
    void events_can_be_chosen_by_every_type_that_there_is() throws IOException {
        var types = TYPES.matcher(Files.readString(FILES.resolve("events.js")));

        assertThat(types.find()).isTrue();
        assertThat(TYPE.matcher(types.group()).results().map(MatchResult::group))
                .containsExactly(
                        Stream.of(Event.Type.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void every_state_of_an_app_has_a_condition() throws IOException {
        var conditions = CONDITIONS.matcher(Files.readString(FILES.resolve("condition.js")));

        assertThat(conditions.find()).isTrue();
        assertThat(CONDITION.matcher(conditions.group()).results().map(MatchResult::group))
                .containsExactlyInAnyOrder(
                        Stream.of(AppStatus.AppState.values())
                                .map(Enum::name)
                                .toArray(String[]::new));
    }

    @Test
    void files_may_be_kept_forever_under_a_name_that_changes_with_them() {
        var answer = api.get(links().findFirst().orElseThrow());

        assertThat(answer.header("Cache-Control")).contains("immutable");
        assertThat(answer.header("ETag")).matches("\"[0-9a-f]{32}\"");
        assertThat(home().header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void what_the_browser_has_is_not_sent_again() {
        var link = links().findFirst().orElseThrow();
        var tag = api.get(link).header("ETag");

        var again = api.send("GET", link, "", "", "If-None-Match", tag);

        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void a_packed_file_has_a_tag_of_its_own() {
        var link = links().findFirst().orElseThrow();

        var packed = api.send("GET", link, "", "", "Accept-Encoding", "gzip");

        assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(packed.header("ETag")).isNotEqualTo(api.get(link).header("ETag"));
    }

    @Test
    void the_page_of_another_version_gets_this_ones_files_but_may_not_keep_them() {
        var answer = api.get("/dashboard/0123456789ab/main.js");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void nothing_else_is_served() {
        assertThat(api.get("/dashboard/0123456789ab/index.html").status()).isEqualTo(404);
        assertThat(api.get("/dashboard/0123456789ab/..%2fopenapi.yaml").status()).isEqualTo(404);
    }

    @Test
    void nobody_may_frame_it_and_nothing_foreign_runs_in_it() {
        assertThat(home().header("Content-Security-Policy"))
                .contains("default-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'")
                .doesNotContain("unsafe");
        assertThat(home().header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(home().header("Referrer-Policy")).isEqualTo("no-referrer");
    }

    private Answer home() {
        return api.send("GET", "/", "", "", "Accept", "text/html,*/*;q=0.8");
    }

    private Stream<String> links() {
        return LINK.matcher(home().body()).results().map(MatchResult::group).distinct();
    }
}
