package io.autoserve.apps;

import io.autoserve.runtime.ContainerRuntime.Ending;

/** How a container ended, in words for the reason of a failure. */
final class Epitaph {
    private static final int LINES = 5;
    private static final int LONGEST = 500;

    private Epitaph() {}

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
                String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
        return "; it last wrote: " + text.substring(Math.max(0, text.length() - LONGEST));
    }
}
