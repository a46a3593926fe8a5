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

/** Tests the page as the server sends it. The tests in the room dashboard open it in a browser. */
class DashboardTest {
    private static final Path FILES = Path.of("src/main/resources/dashboard");
    private static final Pattern LINK = Pattern.compile("/dashboard/[0-9a-f]+/[^\"]+");
    private static final Pattern TYPES = Pattern.compile("(?<=const TYPES = )\\[[^]]+]");
    private static final Pattern TYPE = Pattern.compile("\\w+");

    @AutoClose private final Served api = new Served();

    @Test
    void browsersGetThePageAndProgramsWhatTheyGotBefore() {
        assertThat(home().body()).contains("<main id=\"main\"");
        assertThat(api.get("/").body()).contains("/openapi.yaml");
        assertThat(home().header("Vary")).contains("Accept");
        assertThat(api.get("/").header("Vary")).contains("Accept");
    }

    @Test
    void everyFileOfThePageIsListedByItAndServed() throws IOException {
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
    void eventsCanBeChosenByEveryTypeThatThereIs() throws IOException {
        var types = TYPES.matcher(Files.readString(FILES.resolve("events.js")));

        assertThat(types.find()).isTrue();
        assertThat(TYPE.matcher(types.group()).results().map(MatchResult::group))
                .containsExactly(
                        Stream.of(Event.Type.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void filesMayBeKeptForeverUnderANameThatChangesWithThem() {
        var answer = api.get(links().findFirst().orElseThrow());

        assertThat(answer.header("Cache-Control")).contains("immutable");
        assertThat(answer.header("ETag")).matches("\"[0-9a-f]{32}\"");
        assertThat(home().header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void whatTheBrowserHasIsNotSentAgain() {
        var link = links().findFirst().orElseThrow();
        var tag = api.get(link).header("ETag");

        var again = api.send("GET", link, "", "", "If-None-Match", tag);

        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void aPackedFileHasATagOfItsOwn() {
        var link = links().findFirst().orElseThrow();

        var packed = api.send("GET", link, "", "", "Accept-Encoding", "gzip");

        assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(packed.header("ETag")).isNotEqualTo(api.get(link).header("ETag"));
    }

    @Test
    void thePageOfAnotherVersionGetsThisOnesFilesButMayNotKeepThem() {
        var answer = api.get("/dashboard/0123456789ab/main.js");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
    }

    @Test
    void nothingElseIsServed() {
        assertThat(api.get("/dashboard/0123456789ab/index.html").status()).isEqualTo(404);
        assertThat(api.get("/dashboard/0123456789ab/..%2fopenapi.yaml").status()).isEqualTo(404);
    }

    @Test
    void nobodyMayFrameItAndNothingForeignRunsInIt() {
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
