package io.autoserve.cluster;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import io.vertx.sqlclient.internal.command.CommandBase;
import io.vertx.sqlclient.internal.command.CommandResponse;

/**
 * Accesses the layers below a connection to a database. No other class may use internals of the
 * Vert.x SQL client, so after an upgrade of the client only this class must be checked.
 *
 * <p>It uses {@code SqlConnectionInternal}, because a public connection does not name its server.
 * It uses {@code SocketConnectionBase}, because the public {@code close()} waits for the answer of
 * a database that may be dead. It uses {@code CommandBase} and {@code CommandResponse}, because
 * nothing public counts the queries that are in flight on a pooled connection. It uses {@code
 * ContextInternal}, because a pool expects its new connections on a certain context.
 */
final class SqlChannel {
    private SqlChannel() {}

    static SocketAddress server(SqlConnection connection) {
        return ((SqlConnectionInternal) connection).unwrap().server();
    }

    static Channel of(SqlConnection connection) {
        var socket = ((SqlConnectionInternal) connection).unwrap().unwrap();
        return ((SocketConnectionBase) socket).socket().channelHandlerContext().channel();
    }

    /** Returns a future whose listeners are called on the context. */
    static <T> Future<T> on(Context context, Future<T> future) {
        Promise<T> promise = ((ContextInternal) context).promise();
        future.onComplete(promise);
        return promise.future();
    }

    /** Returns whether the client's message to its codec expects an answer. */
    static boolean asks(Object message) {
        return message instanceof CommandBase<?>;
    }

    /** Returns whether the codec's message to the client answers a query. */
    static boolean answers(Object message) {
        return message instanceof CommandResponse<?>;
    }
}
