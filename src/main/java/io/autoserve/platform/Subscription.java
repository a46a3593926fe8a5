package io.autoserve.platform;

/** A listener that gets values until it is closed. */
public interface Subscription extends AutoCloseable {
    @Override
    void close();
}
