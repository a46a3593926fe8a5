package io.autoserve.cli.terminal;

import java.util.Locale;

/** Shows a state as a coloured dot and a word. */
public final class States {
    private States() {}

    public static String dot(Terminal terminal, String state) {
        return terminal.paint(paint(state), "●") + " " + word(state);
    }

    /** Splits a state into words, such as {@code CrashLooping} into {@code crash looping}. */
    public static String word(String state) {
        return state.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static Paint paint(String state) {
        return switch (state) {
            case "Running", "Ready" -> Paint.GOOD;
            case "Degraded", "CrashLooping", "ReleaseFailed", "Failed", "NotReady" -> Paint.BAD;
            case "Asleep", "Stopped", "Pending" -> Paint.FAINT;
            default -> Paint.BUSY;
        };
    }
}
