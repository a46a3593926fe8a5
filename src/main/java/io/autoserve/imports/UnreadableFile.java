package io.autoserve.imports;

/** A file cannot be converted at all. The message names the line, if there is one. */
public final class UnreadableFile extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableFile(String message) {
        super(message);
    }

    /**
     * @param line from 1
     */
    UnreadableFile(int line, String message) {
        super("line %d: %s".formatted(line, message));
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
