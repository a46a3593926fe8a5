package io.autoserve.cli.help;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.autoserve.cli.AutoServe;
import io.autoserve.cli.Session;
import io.autoserve.cli.command.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * Checks the commands after a {@code $} in the console blocks of pages, and the examples in the
 * help. This test only parses the commands.
 */
class DocumentedCommandsTest {

    private static final Pattern BLOCK = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NEXT =
            Pattern.compile("\\s(\\|\\|?|&&|;)\\s(?=([^']*'[^']*')*[^']*$)");
    private static final Pattern PLATFORM =
            Pattern.compile(
                    "platform (up( --demo| --proxies [12])?|down( --volumes)?|status|token|rotate-ca( --prepare)?|logs( [a-z0-9-]+)?)");
    private static final Set<String> TOOLS =
            Set.of(
                    "docker",
                    "curl",
                    "ssh",
                    "promtool",
                    "mvn",
                    "man",
                    "tar",
                    "sha256sum",
                    "apt-get",
                    "git",
                    "cat",
                    "cp",
                    "chmod",
                    "java",
                    "time",
                    "sed",
                    "jq",
                    "openssl",
                    "ln",
                    "source",
                    "page-somebody"); // in the pages, the name of the reader's program

    record Typed(String page, String text) {
        @Override
        public String toString() {
            return page + ": " + text;
        }
    }

    @ParameterizedTest
    @MethodSource
    void what_the_pages_tell_to_type_is_understood(Typed typed) {
        NEXT.splitAsStream(
                        typed.text
                                .replaceAll("<\\((.*)\\)", "; $1")
                                .replaceAll("\\s[<>]\\s?\\S+", ""))
                .forEach(command -> mustBeUnderstood(words(command)));
    }

    static Stream<Typed> what_the_pages_tell_to_type_is_understood() throws IOException {
        return Stream.concat(pages().stream().flatMap(DocumentedCommandsTest::typed), examples());
    }

    private static Stream<Typed> examples() {
        return CommandPage.all(commands()).stream()
                .flatMap(page ->
                        page.examples().stream()
                                .map(line ->
                                        new Typed(page.name() + " --help", uncommented(line))));
    }

    private static String uncommented(String line) {
        return line.replaceFirst("\\s+# .*", "").strip();
    }

    private static List<Path> pages() throws IOException {
        try (var docs = Files.walk(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of(
                                    Path.of("README.md"),
                                    Path.of("CONTRIBUTING.md"),
                                    Path.of("load-tests/README.md")),
                            docs.filter(file -> file.toString().endsWith(".md")))
                    .toList();
        }
    }

    private static Stream<Typed> typed(Path page) {
        try {
            return BLOCK.matcher(Files.readString(page))
                    .results()
                    .flatMap(block -> block.group(1).replace("\\\n", " ").lines())
                    .filter(line -> line.startsWith("$ "))
                    .map(line -> new Typed(page.toString(), uncommented(line.substring(2))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void mustBeUnderstood(List<String> words) {
        var first = words.getFirst();
        var rest = words.subList(1, words.size());
        switch (first) {
            case "./autoserve", "autoserve" -> mustBeACommand(rest);
            default -> {
                if (first.startsWith("load-tests/") || first.startsWith("src/")) {
                    assertThat(Path.of(first)).isExecutable();
                } else if (!first.contains("=") && !Files.exists(Path.of(first))) {
                    assertThat(TOOLS).contains(first);
                }
            }
        }
    }

    private static void mustBeACommand(List<String> words) {
        if (words.getFirst().equals("platform")) { // the launcher handles this command
            assertThat(String.join(" ", words)).matches(PLATFORM);
        } else if (!Set.of("verify", "package").contains(words.getFirst())) {
            assertThatCode(() -> commands().parseArgs(words.toArray(String[]::new)))
                    .doesNotThrowAnyException();
        }
    }

    static CommandLine commands() {
        return AutoServe.commands(
                new Shell(
                        Session.nowhere(),
                        Map.of(),
                        InstantSource.system(),
                        _ -> {
                            throw new UnsupportedOperationException("this test runs no command");
                        }));
    }

    /** Splits a command into words as a shell does, but knows only the quoting in the pages. */
    private static List<String> words(String command) {
        var words = new ArrayList<String>();
        var matcher = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)").matcher(command);
        while (matcher.find()) {
            words.add(
                    matcher.group(1) != null
                            ? matcher.group(1)
                            : matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
        }
        return words;
    }
}
