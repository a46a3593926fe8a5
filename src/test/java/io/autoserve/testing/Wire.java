package io.autoserve.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A path to a server that can fall silent without anyone being told. */
public final class Wire implements AutoCloseable {
    private final ServerSocketChannel entrance;
    private final SocketAddress target;
    private final Queue<SocketChannel> ends = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final ReentrantReadWriteLock cut = new ReentrantReadWriteLock();
    private volatile int lost;

    private Wire(ServerSocketChannel entrance, SocketAddress target) {
        this.entrance = entrance;
        this.target = target;
        Thread.startVirtualThread(this::accept);
    }

    public static Wire to(int port) throws IOException {
        var loopback = InetAddress.getLoopbackAddress();
        return new Wire(
                ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0)),
                new InetSocketAddress(loopback, port));
    }

    /**
     * @param entrance a socket that is made here
     */
    public static Wire to(Path socket, Path entrance) throws IOException {
        return new Wire(
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(entrance)),
                UnixDomainSocketAddress.of(socket));
    }

    /** Of one that leads to a port. */
    public int port() {
        return entrance.socket().getLocalPort();
    }

    /**
     * From now on bytes and connections are taken, and go nowhere. To be mended by the same thread.
     */
    public void cut() {
        cut.writeLock().lock();
    }

    public void mend() {
        cut.writeLock().unlock();
    }

    /** The connections that are open now carry nothing any more; new ones do. */
    public void lose() {
        lost = connections.get();
    }

    /** On how many ways something was sent that has not got through. */
    public int held() {
        return held.get();
    }

    private void accept() {
        try {
            while (true) {
                var near = entrance.accept();
                var far = SocketChannel.open(target);
                ends.addAll(List.of(near, far));
                var number = connections.incrementAndGet();
                Thread.startVirtualThread(() -> forward(number, near, far));
                Thread.startVirtualThread(() -> forward(number, far, near));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void forward(int number, SocketChannel from, SocketChannel to) {
        var bytes = ByteBuffer.allocate(8192);
        try (to) {
            while (from.read(bytes) >= 0) {
                bytes.flip();
                held.incrementAndGet();
                cut.readLock().lock();
                try {
                    while (number > lost && bytes.hasRemaining()) {
                        to.write(bytes);
                    }
                } finally {
                    cut.readLock().unlock();
                    held.decrementAndGet();
                }
                bytes.clear();
            }
        } catch (IOException _) {
            // one side is gone, and closing tells the other
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        for (var end : ends) {
            end.close();
        }
    }
}
