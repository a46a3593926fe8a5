package io.autoserve.cluster;

import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection to the primary. Outside of a pool it is not shared, so a lock or a LISTEN of the
 * session lasts as long as the connection.
 */
public final class Session implements LeaseConnection {
    private final ConnectionFactory<PgConnectOptions> socket;
    private final PgConnection connection;
    private final SocketAddress address;
    private final long timeline;
    private final AtomicBoolean closed;

    Session(
            ConnectionFactory<PgConnectOptions> socket,
            PgConnection connection,
            SocketAddress address,
            long timeline) {
        this(socket, connection, address, timeline, new AtomicBoolean());
    }

    private Session(
            ConnectionFactory<PgConnectOptions> socket,
            PgConnection connection,
            SocketAddress address,
            long timeline,
            AtomicBoolean closed) {
        this.socket = socket;
        this.connection = connection;
        this.address = address;
        this.timeline = timeline;
        this.closed = closed;
    }

    @Override
    public PgConnection connection() {
        return connection;
    }

    /** Returns the address of the database that was the primary when the session was opened. */
    public SocketAddress address() {
        return address;
    }

    /**
     * Returns the timeline that the database had when the session was opened, or 0 for a standby.
     */
    long timeline() {
        return timeline;
    }

    /** Returns this session with what its database has answered about its role now. */
    Session on(long presentTimeline) {
        return new Session(socket, connection, address, presentTimeline, closed);
    }

    /** Returns false from the moment of {@link #close}, although the socket closes later. */
    boolean isOpen() {
        return !closed.get() && SqlChannel.of(connection).isActive();
    }

    @Override
    public void close() {
        closed.set(true);
        socket.close(Promise.promise());
    }
}
