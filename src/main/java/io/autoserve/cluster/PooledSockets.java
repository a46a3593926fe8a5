package io.autoserve.cluster;

import io.netty.channel.Channel;
import io.vertx.core.net.SocketAddress;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sockets under the connections of pools. A frozen database never hangs up by itself: whoever
 * waits for its answer would do so for ever, and nobody else get the connection. They are closed
 * past the handlers of the client, which would say goodbye and wait for an answer.
 */
final class PooledSockets {
    private final Map<Channel, SocketAddress> servers = new ConcurrentHashMap<>();

    /**
     * @param fresh as the connect handler of a pool gets it
     */
    void add(SqlConnection fresh) {
        var channel = channel(fresh);
        servers.put(channel, server(fresh));
        channel.closeFuture().addListener(_ -> servers.remove(channel));
    }

    void hangUpOnOthersThan(SocketAddress server) {
        servers.forEach((channel, other) -> {
            if (!other.equals(server)) {
                hangUp(channel);
            }
        });
    }

    static void hangUpWhenUnanswered(SqlConnection fresh, Duration patience) {
        channel(fresh)
                .pipeline()
                .addBefore("handler", "patience", new Patience(patience, System::nanoTime));
    }

    static void hangUp(Channel channel) {
        var _ = channel.pipeline().firstContext().close();
    }

    static SocketAddress server(SqlConnection connection) {
        return ((SqlConnectionInternal) connection).unwrap().server();
    }

    private static Channel channel(SqlConnection connection) {
        var socket = ((SqlConnectionInternal) connection).unwrap().unwrap();
        return ((SocketConnectionBase) socket).socket().channelHandlerContext().channel();
    }
}
