package io.autoserve.platform;

/** The subscription of a listener, which gets values until the subscription is closed. */
public interface Subscription extends AutoCloseable {
    @Override
    void close();
}
