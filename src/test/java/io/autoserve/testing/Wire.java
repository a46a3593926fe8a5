package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Forwards connections to a server and records requests. It can stop forwarding without closing the
 * connections, so that neither side notices.
 */
public final class Wire implements AutoCloseable {
    private final ServerSocketChannel entrance;
    private final SocketAddress target;
    private final Queue<SocketChannel> ends = new ConcurrentLinkedQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final ReentrantReadWriteLock cut = new ReentrantReadWriteLock();
    private final Queue<String> questions = new ConcurrentLinkedQueue<>();
    private volatile String keptTo = "";
    private volatile CountDownLatch passing = new CountDownLatch(0);
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
     * @param entrance a socket that this method creates
     */
    public static Wire to(Path socket, Path entrance) throws IOException {
        return new Wire(
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(entrance)),
                UnixDomainSocketAddress.of(socket));
    }

    /**
     * Returns the TCP port at which this wire accepts connections. Only a wire to a port has one.
     */
    public int port() {
        return entrance.socket().getLocalPort();
    }

    /**
     * From now on, still accepts connections and bytes but forwards nothing. The same thread must
     * call {@link #mend()}.
     */
    public void cut() {
        cut.writeLock().lock();
    }

    public void mend() {
        cut.writeLock().unlock();
    }

    /** Holds back the answers to requests that begin with {@code question}, from now on. */
    public void keepAnswersTo(String question) {
        passing = new CountDownLatch(1);
        keptTo = question;
    }

    public void passAnswers() {
        passing.countDown();
    }

    /** Discards all further bytes on the connections that are open now. New connections work. */
    public void lose() {
        lost = connections.get();
    }

    /**
     * Returns how many directions of connections have bytes that wait to be forwarded. Each
     * connection has two directions.
     */
    public int held() {
        return held.get();
    }

    /**
     * Returns the first lines of the requests so far, such as {@code GET /_ping HTTP/1.1}. What a
     * client sends before it gets an answer counts as one request.
     */
    public List<String> questions() {
        return List.copyOf(questions);
    }

    private void accept() {
        try {
            while (true) {
                var near = entrance.accept();
                var far = SocketChannel.open(target);
                ends.addAll(List.of(near, far));
                var number = connections.incrementAndGet();
                var asked = new AtomicReference<>("");
                Thread.startVirtualThread(
                        () -> forward(number, near, far, bytes -> hear(bytes, asked)));
                Thread.startVirtualThread(
                        () -> forward(number, far, near, _ -> awaitPassing(asked.getAndSet(""))));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void hear(ByteBuffer bytes, AtomicReference<String> asked) {
        var text = UTF_8.decode(bytes.duplicate()).toString();
        var question = text.lines().findFirst().orElse("");
        if (asked.compareAndSet("", question)) {
            questions.add(question);
        }
    }

    private void awaitPassing(String asked) throws InterruptedException {
        if (!asked.isEmpty() && asked.startsWith(keptTo)) {
            passing.await();
        }
    }

    private interface Ear {
        void heard(ByteBuffer bytes) throws InterruptedException;
    }

    private void forward(int number, SocketChannel from, SocketChannel to, Ear ear) {
        var bytes = ByteBuffer.allocate(8192);
        try (to) {
            while (from.read(bytes) >= 0) {
                bytes.flip();
                held.incrementAndGet();
                ear.heard(bytes);
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
            // one side is gone, so the connection to the other side is closed too
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
