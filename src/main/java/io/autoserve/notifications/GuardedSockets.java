package io.autoserve.notifications;

import io.autoserve.outbound.GuardedNames;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;

/**
 * Creates sockets that connect only to permitted addresses, and receive only as much as a mail
 * needs. Closing it closes all of them, and it creates no other one afterwards.
 */
final class GuardedSockets extends SocketFactory implements AutoCloseable {
    /** The library keeps each answer in memory, and waits for the end of an endless one. */
    private static final int MOST_RECEIVED = 1 << 20;

    private final GuardedNames names;
    private final List<Socket> created = new ArrayList<>();
    private boolean closed;

    GuardedSockets(GuardedNames names) {
        this.names = names;
    }

    private final class Guarded extends Socket {
        private int received;

        @Override
        public InputStream getInputStream() throws IOException {
            return new FilterInputStream(super.getInputStream()) {
                @Override
                public int read() throws IOException {
                    var one = super.read();
                    count(one < 0 ? 0 : 1);
                    return one;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    var count = super.read(bytes, offset, length);
                    count(Math.max(count, 0));
                    return count;
                }
            };
        }

        private void count(int bytes) throws IOException {
            received += bytes;
            if (received > MOST_RECEIVED) {
                throw new IOException("the server answers with more than 1 MiB");
            }
        }

        @Override
        public void connect(SocketAddress address) throws IOException {
            connect(address, 0);
        }

        @Override
        public void connect(SocketAddress address, int timeout) throws IOException {
            if (!(address instanceof InetSocketAddress named)) {
                throw new IOException("%s is no address of a mail server".formatted(address));
            }
            var permitted = names.resolve(named.getHostString());
            super.connect(new InetSocketAddress(permitted[0], named.getPort()), timeout);
        }
    }

    @Override
    public synchronized Socket createSocket() throws SocketException {
        if (closed) {
            throw new SocketException("the time for this mail is over");
        }
        var socket = new Guarded();
        created.add(socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        var socket = createSocket();
        socket.connect(InetSocketAddress.createUnresolved(host, port));
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
            throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return createSocket(host.getHostAddress(), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
            throws IOException {
        return createSocket(host, port);
    }

    @Override
    public synchronized void close() {
        closed = true;
        for (var socket : created) {
            try {
                socket.close();
            } catch (IOException _) {
                // the others must be closed too
            }
        }
    }
}
