package io.autoserve.cli.client;

/**
 * The place from which a text was read. Errors in the text show it.
 *
 * @param source the name of the file; empty if there is none
 * @param line the line of the file at which the text begins, from 1; 0 if the lines of the text are
 *     not those of the file
 */
public record Origin(String source, int line) {
    public static final Origin NONE = new Origin("", 1);
}
