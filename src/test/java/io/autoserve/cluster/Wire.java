package io.autoserve.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A network path to a port that can fall silent without anyone being told. */
final class Wire implements AutoCloseable {
    private final ServerSocket entrance;
    private final int target;
    private final List<Socket> sockets = new ArrayList<>();
    private final ReentrantReadWriteLock cut = new ReentrantReadWriteLock();

    Wire(int target) throws IOException {
        this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.target = target;
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return entrance.getLocalPort();
    }

    /**
     * From now on bytes and connections are taken, and go nowhere. To be mended by the same thread.
     */
    void cut() {
        cut.writeLock().lock();
    }

    void mend() {
        cut.writeLock().unlock();
    }

    private void accept() {
        try {
            while (true) {
                var near = entrance.accept();
                var far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.addAll(List.of(near, far));
                var up = near.getInputStream();
                Thread.startVirtualThread(() -> forward(up, far));
                Thread.startVirtualThread(() -> forwardFrom(far, near));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void forwardFrom(Socket from, Socket to) {
        try {
            forward(from.getInputStream(), to);
        } catch (IOException _) {
            // closed
        }
    }

    private void forward(InputStream from, Socket to) {
        var bytes = new byte[8192];
        try (to) {
            OutputStream out = to.getOutputStream();
            for (int count; (count = from.read(bytes)) >= 0; ) {
                cut.readLock().lock();
                try {
                    out.write(bytes, 0, count);
                } finally {
                    cut.readLock().unlock();
                }
            }
        } catch (IOException _) {
            // one side is gone, and closing tells the other
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        for (var socket : sockets) {
            socket.close();
        }
    }
}
