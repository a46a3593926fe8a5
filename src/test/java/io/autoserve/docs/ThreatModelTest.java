package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Checks that each line of the threat model names tests, and that these tests exist. */
class ThreatModelTest {
    private static final Path PAGE = Page.FOLDER.resolve("threat-model.md");
    private static final Path TESTS = Path.of("src/test/java");
    private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

    /** A row of a table, but not the head of the table or the line below it. */
    private static final Pattern ROW = Pattern.compile("\\|(?!---).*\\|");

    private static List<String> rows() throws IOException {
        var rows = new ArrayList<String>();
        var before = "";
        for (var line : Files.readAllLines(PAGE)) {
            if (ROW.matcher(line).matches() && before.startsWith("|")) {
                rows.add(line);
            }
            before = line;
        }
        return rows;
    }

    @Test
    void every_line_names_a_test_that_holds_it() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(20);
        assertThat(rows())
                .allSatisfy(row -> assertThat(NAMED.matcher(row).find()).as(row).isTrue());
    }

    @Test
    void every_test_that_it_names_exists() throws IOException {
        var missing = new ArrayList<String>();
        var named = NAMED.matcher(Files.readString(PAGE));
        while (named.find()) {
            if (!exists(named.group(1), named.group(2))) {
                missing.add(named.group());
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean exists(String type, String method) throws IOException {
        try (var files = Files.walk(TESTS)) {
            for (var file : files.filter(it -> it.endsWith(type + ".java")).toList()) {
                if (Files.readString(file).contains("void " + method + "(")) {
                    return true;
                }
            }
        }
        return false;
    }
}
