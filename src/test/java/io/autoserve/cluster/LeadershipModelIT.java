package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks the model of the leadership protocol in {@code leadership.pml} over all its states. Needs
 * {@code spin} and a C compiler.
 */
class LeadershipModelIT {
    private static final String MODEL =
            Path.of("src/test/promela/leadership.pml").toAbsolutePath().toString();
    private static final Pattern MACRO = Pattern.compile("#(?:el)?if\\w* (?:defined\\()?([A-Z_]+)");

    @TempDir Path folder;

    @Test
    void no_order_of_steps_breaks_the_protocol() {
        assertThat(verdict()).contains("errors: 0").doesNotContain("max search depth too small");
    }

    @ParameterizedTest
    @MethodSource("rules")
    void each_rule_and_each_assumption_is_necessary(String missing) {
        assertThat(verdict("-D" + missing)).contains("assertion violated").contains("errors: 1");
    }

    /** Returns the names of all macros in the model. Each macro removes one rule or assumption. */
    static Stream<String> rules() throws IOException {
        return MACRO.matcher(Files.readString(Path.of(MODEL)))
                .results()
                .map(found -> found.group(1))
                .distinct();
    }

    private String verdict(String... macros) {
        var host = HostCommand.in(folder);
        var options = Stream.concat(Stream.of("-a"), Stream.of(macros));
        host.run("spin", Stream.concat(options, Stream.of(MODEL)).toArray(String[]::new));
        host.run("cc", "-O1", "-DSAFETY", "-o", "pan", "pan.c");
        return host.run("./pan", "-E", "-m100000");
    }
}
