package io.autoserve.model;

/** Receives the lines of one container. Its thread serves no other reader, so it may block. */
public interface LogReader {
    void line(LogLine line) throws InterruptedException;

    /**
     * Called once no more lines follow, because the container is gone or cannot be followed any
     * more.
     */
    void ended();
}
