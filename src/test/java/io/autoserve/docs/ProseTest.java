package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that the hand-written pages use plain words and narrow lines. It does not find a phrase
 * that is broken across two lines.
 */
class ProseTest {
    private static final int WIDTH = 100;

    /** Pages that are generated from the code. */
    private static final Set<String> GENERATED =
            Set.of("api.md", "cli.md", "spec.md", "metrics.md");

    /**
     * Words that the pages must not use, as patterns. Each has a text that names what to use
     * instead.
     */
    private static final Map<Pattern, String> PLAIN = new LinkedHashMap<>();

    static {
        plain("by (itself|themselves)", "automatically");
        plain("whoever|whomever", "name the person or the thing: everyone who, the client");
        plain("anew", "again, or recreated");
        plain("(take|takes|taken|took) back", "rolled back");
        plain("(is|are|was|were) told", "gets, sees");
        plain("tells", "shows, reports");
        plain("(go|goes|going|went) on", "continues");
        plain("wanted", "desired, required");
        plain("of before", "earlier");
        plain("the engine", "Docker");
        plain("made so|makes it so", "applied, applies it");
        plain("nobody's fault", "can be ignored");
        plain("see to", "handle");
    }

    private static void plain(String words, String instead) {
        PLAIN.put(Pattern.compile("\\b(" + words + ")\\b", Pattern.CASE_INSENSITIVE), instead);
    }

    static Stream<Path> pages() throws IOException {
        try (var docs = Files.list(Page.FOLDER)) {
            return Stream.concat(
                    Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "nginx/README.md")
                            .map(Path::of),
                    docs.filter(file -> file.toString().endsWith(".md"))
                            .filter(file -> !generated(file))
                            .sorted())
                    .toList()
                    .stream();
        }
    }

    private static boolean generated(Path page) {
        return GENERATED.contains(page.getFileName().toString());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void uses_plain_words(Path page) {
        var found = new ArrayList<String>();
        lines(page)
                .forEach((number, line) ->
                        PLAIN.forEach((words, instead) -> {
                            var matcher = words.matcher(line.replaceAll("`[^`]*`", "``"));
                            while (matcher.find()) {
                                found.add(
                                        "%s:%d: '%s', plainer: %s"
                                                .formatted(page, number, matcher.group(), instead));
                            }
                        }));
        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void is_no_wider_than_a_readers_window(Path page) {
        var wide = new ArrayList<String>();
        lines(page)
                .forEach((number, line) -> {
                    if (line.length() > WIDTH && !mayBeWide(line)) {
                        wide.add("%s:%d: %d columns".formatted(page, number, line.length()));
                    }
                });
        assertThat(wide).isEmpty();
    }

    /** Returns whether the line may be wider, because it is a row of a table or an image. */
    private static boolean mayBeWide(String line) {
        return line.startsWith("|") || line.startsWith("![") || line.startsWith("<img");
    }

    /** Returns the lines outside of code blocks, by their numbers. */
    private static Map<Integer, String> lines(Path page) {
        var prose = new LinkedHashMap<Integer, String>();
        var code = false;
        var lines = read(page);
        for (var i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith("```")) {
                code = !code;
            } else if (!code) {
                prose.put(i + 1, lines.get(i));
            }
        }
        return prose;
    }

    private static List<String> read(Path page) {
        try {
            return Files.readAllLines(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
