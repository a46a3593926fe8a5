package io.autoserve.model;

/**
 * Receives the lines of one container. Each reader is called on a separate thread, so its methods
 * may block.
 */
public interface LogReader {
    void line(LogLine line) throws InterruptedException;

    /** Called after the last line: the container is gone or cannot be followed any more. */
    void ended();
}
