package io.autoserve.model;

/**
 * Receives the lines of one container. Each reader is called on a separate thread, so its methods
 * may block.
 */
public interface LogReader {
    void line(LogLine line) throws InterruptedException;

    /** Called after the last line, when the container is gone or its log can no longer be read. */
    void ended();
}
