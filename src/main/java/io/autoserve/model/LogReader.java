package io.autoserve.model;

/** Receives the lines of one container. Its thread serves no other reader, so it may block. */
public interface LogReader {
    void line(LogLine line) throws InterruptedException;

    /** No more lines follow: the container is gone, or it cannot be followed any more. */
    void ended();
}
