package io.autoserve.cluster;

import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;

/**
 * A connection to the primary that is nobody else's: what it holds, a lock or a LISTEN, lasts as
 * long as it does.
 */
public final class Session {
    private final ConnectionFactory<PgConnectOptions> socket;
    private final PgConnection connection;
    private final SocketAddress address;
    private final long timeline;

    Session(
            ConnectionFactory<PgConnectOptions> socket,
            PgConnection connection,
            SocketAddress address,
            long timeline) {
        this.socket = socket;
        this.connection = connection;
        this.address = address;
        this.timeline = timeline;
    }

    /** Not to be closed by itself: that says goodbye first, and waits for ever on a dead peer. */
    public PgConnection connection() {
        return connection;
    }

    /** Of the database that was the primary when this was opened. */
    public SocketAddress address() {
        return address;
    }

    /** Of its history, when this was opened; 0 of a replica. */
    long timeline() {
        return timeline;
    }

    /** Drops the socket at once, whatever the other side does. May be repeated. */
    public void close() {
        socket.close(Promise.promise());
    }
}
