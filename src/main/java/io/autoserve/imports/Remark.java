package io.autoserve.imports;

/**
 * A field that was not carried over, or a carried one that the user must check.
 *
 * @param line from 1
 * @param field the place in the file, such as {@code services.web.restart}
 */
public record Remark(int line, String field, String message) {}
