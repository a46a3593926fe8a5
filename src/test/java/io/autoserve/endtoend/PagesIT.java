package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.Authority;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Typed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the commands in the README and the documentation pages, one after the other, and checks that
 * they succeed. {@link BackupIT} runs the commands for PostgreSQL's containers.
 */
class PagesIT {
    private static final List<Path> PAGES =
            Stream.of(
                            "README.md",
                            "docs/changes.md",
                            "docs/secrets-and-tls.md",
                            "docs/operations.md")
                    .map(Path::of)
                    .toList();

    private static final Pattern BLOCK =
            Pattern.compile("```(console|yaml)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private static final String SERVER =
            """
              image: debian:trixie-slim
              imagePullPolicy: Never
              stopGraceSeconds: 1
              command:
                - perl
                - -e
                - |
                  use IO::Socket::INET;
                  my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1);
                  while (my $c = $s->accept) {
                    while (<$c>) { last if /^\\r?$/ }
                    print $c "HTTP/1.0 200 OK\\r\\n\\r\\n"; close $c;
                  }\
            """;

    /**
     * Commands that this test does not run, because they start or stop a platform, or need the
     * whole machine or another machine. It does not run commands with {@code -f} either, because
     * they do not end. {@link AttachingIT} tests those.
     */
    private static final Set<String> ELSEWHERE =
            Set.of("dev", "platform", "verify", "doctor", "login");

    /** Added to every {@code --wait}, which otherwise gives up after a minute. */
    private static final List<String> PATIENTLY =
            List.of("--timeout", ApiClient.PATIENCE.toSeconds() + "s");

    /** The input of commands that read standard input. */
    private static final Map<String, String> INPUT = Map.of("secret", "hunter-two");

    @TempDir private static Path folder;
    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    /** The values that the test inserts for names that a reader of the pages would replace. */
    private static Map<String, String> own;

    @BeforeAll
    static void start() throws IOException {
        api = platform.startController();
        api.register(Files.readString(Path.of("src/main/resources/examples/demo.yaml")));
        api.awaitReady("demo", 3);
        var node = api.get("/api/v1/nodes").require(200).at("/nodes/0/name").asText();
        var now = Instant.now();
        var issued = new Authority().issue(now, now.plus(1, DAYS), "*.example.com");
        own =
                Map.of(
                        "HOST", node,
                        "shop.yaml", written("shop.yaml", shop()),
                        "chain.pem", written("chain.pem", issued.chain()),
                        "key.pem", written("key.pem", issued.key().reveal()),
                        ".autoserve/secrets/secret-key", platform.secretKey().toString());
    }

    private static String written(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    /**
     * Returns the README's example app with another image, which exists on this machine. Besides
     * the server, that image contains the programs that the pages run with {@code exec}.
     */
    private static String shop() throws IOException {
        return blocks(PAGES.getFirst(), "yaml")
                .findFirst()
                .orElseThrow()
                .replaceFirst("(?m)^  image: .*$", Matcher.quoteReplacement(SERVER));
    }

    private static Stream<String> blocks(Path page, String language) throws IOException {
        return BLOCK.matcher(Files.readString(page))
                .results()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2));
    }

    private static List<String> words(String line) {
        return WORD.matcher(line)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .toList();
    }

    @TestFactory
    Stream<DynamicContainer> what_the_pages_tell_to_type() {
        return PAGES.stream()
                .map(page -> DynamicContainer.dynamicContainer(page.toString(), tests(page)));
    }

    private static Stream<DynamicTest> tests(Path page) {
        return commands(page)
                .map(words -> DynamicTest.dynamicTest(String.join(" ", words), () -> run(words)));
    }

    private static Stream<List<String>> commands(Path page) {
        try {
            return blocks(page, "console")
                    .flatMap(String::lines)
                    .filter(line -> line.matches("\\$ (\\./autoserve|docker kill) .*"))
                    .map(line -> line.substring(2).replaceFirst("\\s+# .*", "").strip())
                    .map(PagesIT::words)
                    .filter(words -> !ELSEWHERE.contains(words.get(1)) && !words.contains("-f"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> words) {
        if (words.getFirst().equals("docker")) {
            docker(words.subList(1, words.size()).toArray(String[]::new));
            return;
        }
        var input = INPUT.getOrDefault(words.get(1), "");
        var typed = new Typed(api.root().toString(), input, here(words));
        assertThat(typed.exit()).as(typed.out() + typed.err()).isZero();
    }

    private static String[] here(List<String> words) {
        var typed = words.stream().skip(1).map(word -> own.getOrDefault(word, word));
        var more = words.contains("--wait") ? PATIENTLY : List.<String>of();
        return Stream.concat(typed, more.stream()).toArray(String[]::new);
    }
}
