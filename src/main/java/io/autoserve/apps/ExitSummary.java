package io.autoserve.apps;

import io.autoserve.model.PlainText;
import io.autoserve.runtime.ContainerRuntime.Ending;
import java.util.stream.Collectors;

/**
 * Describes how a container ended, on one line. The text is appended to the reason of a failure.
 */
final class ExitSummary {
    private static final int LINES = 5;
    private static final int LONGEST = 500;

    private ExitSummary() {}

    static String of(Ending ending) {
        return exit(ending) + lastLines(ending);
    }

    private static String exit(Ending ending) {
        if (ending.outOfMemory()) {
            return ", out of memory";
        }
        return ending.exitCode() == null ? "" : ", exit code %d".formatted(ending.exitCode());
    }

    /** Returns the last lines, after a semicolon; empty if there are none. */
    static String lastLines(Ending ending) {
        var lines = ending.output();
        if (lines.isEmpty()) {
            return "";
        }
        var text =
                lines.subList(Math.max(0, lines.size() - LINES), lines.size()).stream()
                        .map(line -> PlainText.of(line.text()))
                        .collect(Collectors.joining(" / "));
        return "; last output: " + text.substring(Math.max(0, text.length() - LONGEST));
    }
}
