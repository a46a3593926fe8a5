package io.autoserve.cluster;

import io.netty.channel.Channel;
import io.vertx.core.net.SocketAddress;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes the sockets of pooled connections to a database that no longer answers. A frozen database
 * never closes its connections. Without this class, callers would wait forever for an answer, and
 * the connections would stay in use. The sockets are closed without the client's handlers, which
 * would send a termination message and wait for an answer.
 */
final class PooledSockets {
    private final Map<Channel, SocketAddress> servers = new ConcurrentHashMap<>();

    /**
     * @param fresh a new connection, as a pool's connect handler gets it
     */
    void add(SqlConnection fresh) {
        var channel = SqlChannel.of(fresh);
        servers.put(channel, SqlChannel.server(fresh));
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
        SqlChannel.of(fresh)
                .pipeline()
                .addBefore(
                        "handler",
                        "patience",
                        new AnswerTimeout(
                                SqlChannel::asks, SqlChannel::answers, patience, System::nanoTime));
    }

    static void hangUp(Channel channel) {
        var _ = channel.pipeline().firstContext().close();
    }
}
