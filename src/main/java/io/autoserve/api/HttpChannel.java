package io.autoserve.api;

import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * Closes or flushes the channel below an HTTP connection. No other class of the API may use
 * internals of Vert.x, so after an upgrade of Vert.x only this class must be checked.
 *
 * <p>It uses {@code HttpServerConnection}, because the public {@code close()} of a connection and
 * {@code reset()} of a response first wait until the client has read everything.
 */
final class HttpChannel {
    private HttpChannel() {}

    /** Cuts the client off at once. Data that the client has not read yet is lost. */
    static void cut(HttpServerRequest request) {
        var _ = channel(request).close();
    }

    /**
     * Sends at once what was written to the client. After an invalid chunk, Vert.x closes the
     * connection and drops everything that was not sent before.
     */
    static void flush(HttpServerRequest request) {
        channel(request).flush();
    }

    private static ChannelHandlerContext channel(HttpServerRequest request) {
        return ((HttpServerConnection) request.connection()).channelHandlerContext();
    }
}
