package io.autoserve.dashboard;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that the dashboard's JavaScript and CSS are formatted as Prettier formats them. With {@code
 * -Dautoserve.format=write}, the test formats the files instead.
 */
class SourceFormatIT {
    private static final Path SOURCES = Path.of("src/main/resources/dashboard");
    private static final String PRETTIER = "prettier/3.6.2/";

    private static final String FORMAT =
            """
            ({ text, parser }) => prettier.format(text, { parser, plugins: Object.values(prettierPlugins), printWidth: 100 })
            """;

    @AutoClose private static final Browser browser = new Browser();
    private static final Page page = pageWithPrettier();

    private static Page pageWithPrettier() {
        var blank = browser.open(URI.create("about:blank"));
        for (var part :
                List.of("standalone", "plugins/babel", "plugins/estree", "plugins/postcss")) {
            blank.evaluate(WebJar.text(PRETTIER + part + ".js"));
        }
        return blank;
    }

    static Stream<Path> sources() throws IOException {
        try (var files = Files.list(SOURCES)) {
            return files.filter(it -> parser(it) != null).sorted().toList().stream();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sources")
    void a_source_is_as_prettier_formats_it(Path source) throws IOException {
        var text = Files.readString(source);
        var formatted =
                (String)
                        page.evaluate(
                                FORMAT,
                                Map.of("text", text, "parser", requireNonNull(parser(source))));

        if ("write".equals(System.getProperty("autoserve.format"))) {
            Files.writeString(source, formatted);
        } else {
            assertThat(text)
                    .as(
                            "%s is not formatted: run mvn verify -Dtest=none -Dit.test=SourceFormatIT"
                                    + " -Dautoserve.format=write",
                            source)
                    .isEqualTo(formatted);
        }
    }

    private static @Nullable String parser(Path source) {
        var name = source.toString();
        if (name.endsWith(".js")) {
            return "babel";
        }
        return name.endsWith(".css") ? "css" : null;
    }
}
