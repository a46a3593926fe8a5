package io.autoserve.model;

/** Receives lines on a thread of its own, which it may block. */
public interface LogReader {
    void line(LogLine line) throws InterruptedException;

    /** No more lines follow: the container is gone, or it cannot be followed any more. */
    void ended();
}
