package io.autoserve.cli;

import java.util.Locale;

/** Shows a state as a coloured dot and a word. */
final class States {
    private States() {}

    static String dot(Terminal terminal, String state) {
        return terminal.paint(paint(state), "●") + " " + word(state);
    }

    /** Splits a state into words, such as {@code CrashLooping} into {@code crash looping}. */
    static String word(String state) {
        return state.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static Paint paint(String state) {
        return switch (state) {
            case "Running", "Ready" -> Paint.GOOD;
            case "Degraded", "CrashLooping", "Failed", "NotReady" -> Paint.BAD;
            case "Stopped", "Pending" -> Paint.FAINT;
            default -> Paint.BUSY;
        };
    }
}
