package io.autoserve.apps;

import io.autoserve.runtime.ContainerRuntime.Ending;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Describes how a container ended, for the reason of a failure: one sentence on one line. */
final class ExitSummary {
    private static final int LINES = 5;
    private static final int LONGEST = 500;
    private static final Pattern COLOURS = Pattern.compile("\033\\[[0-9;]*m");
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cc}+");

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

    private static String lastLines(Ending ending) {
        var lines = ending.lastLines();
        if (lines.isEmpty()) {
            return "";
        }
        var text =
                lines.subList(Math.max(0, lines.size() - LINES), lines.size()).stream()
                        .map(ExitSummary::plain)
                        .collect(Collectors.joining(" / "));
        return "; last output: " + text.substring(Math.max(0, text.length() - LONGEST));
    }

    /** Replaces whatever could steer a terminal, and NUL, which the database does not accept. */
    private static String plain(String line) {
        return CONTROLS.matcher(COLOURS.matcher(line).replaceAll("")).replaceAll(" ").strip();
    }
}
