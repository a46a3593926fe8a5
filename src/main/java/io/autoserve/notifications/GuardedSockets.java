package io.autoserve.notifications;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;

/**
 * Creates sockets that connect only to permitted addresses. Closing it closes all of them, and it
 * creates no other one afterwards.
 */
final class GuardedSockets extends SocketFactory implements AutoCloseable {
    private final GuardedNames names;
    private final List<Socket> created = new ArrayList<>();
    private boolean closed;

    GuardedSockets(GuardedNames names) {
        this.names = names;
    }

    private final class Guarded extends Socket {
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
