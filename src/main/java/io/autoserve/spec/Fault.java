package io.autoserve.spec;

import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a spec, and where.
 *
 * @param pointer JSON pointer (RFC 6901) to the value, or to where a missing one belongs; empty for
 *     the document as a whole
 * @param line from 1; null where the document has no text
 * @param column from 1
 * @param message the value and the way out
 */
public record Fault(
        String pointer, @Nullable Integer line, @Nullable Integer column, String message) {

    /** As people read it. */
    @Override
    public String toString() {
        var place = line == null ? "" : "line %d: ".formatted(line);
        return place + message + (pointer.isEmpty() ? "" : " (" + pointer + ")");
    }
}
