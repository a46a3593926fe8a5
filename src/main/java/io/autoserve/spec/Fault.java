package io.autoserve.spec;

import org.jspecify.annotations.Nullable;

/**
 * An error in a spec and where it is.
 *
 * @param pointer JSON pointer (RFC 6901) to the value, or to the place where a missing value
 *     belongs; empty for an error of the whole document
 * @param line line in the text, from 1; null if the error has no place, for example if the text is
 *     too long
 * @param column column in the line, from 1
 * @param message the message, which names the value and how to fix it
 */
public record Fault(
        String pointer, @Nullable Integer line, @Nullable Integer column, String message) {

    /** Returns the error in one line for people. */
    @Override
    public String toString() {
        var place = line == null ? "" : "line %d: ".formatted(line);
        return place + message + (pointer.isEmpty() ? "" : " (" + pointer + ")");
    }
}
