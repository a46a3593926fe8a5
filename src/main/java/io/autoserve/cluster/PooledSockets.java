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
 * Closes the sockets of pooled connections to a database that no longer answers. A frozen database
 * never closes them itself. Its callers would wait forever, and no one else could use the
 * connections. The sockets are closed without the client's handlers, which would send a goodbye and
 * wait for an answer.
 */
final class PooledSockets {
    private final Map<Channel, SocketAddress> servers = new ConcurrentHashMap<>();

    /**
     * @param fresh a new connection, as a pool's connect handler gets it
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
                .addBefore("handler", "patience", new AnswerTimeout(patience, System::nanoTime));
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
