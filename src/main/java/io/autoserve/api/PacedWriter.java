package io.autoserve.api;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * Writes to one client as fast as the client reads. The calling thread waits while the client has
 * too much unread data. When the connection is closed, the threads that wait must be interrupted.
 */
final class PacedWriter {
    private final Context context;
    private final Function<Buffer, Future<Void>> sink;
    private final int bound;
    private final Semaphore room;
    private final AtomicBoolean moved = new AtomicBoolean(true);

    /**
     * @param context the context of the connection
     * @param bound maximum number of bytes buffered for a client that reads slowly
     */
    PacedWriter(Context context, int bound, Function<Buffer, Future<Void>> sink) {
        this.context = context;
        this.sink = sink;
        this.bound = bound;
        this.room = new Semaphore(bound);
    }

    void write(Buffer message) throws InterruptedException {
        var size = Math.min(message.length(), bound);
        room.acquire(size);
        context.runOnContext(_ -> sink.apply(message).onComplete(_ -> written(size)));
    }

    private void written(int size) {
        moved.set(true);
        room.release(size);
    }

    /**
     * Returns whether the client has unread data and has read nothing since the last call of this
     * method.
     */
    boolean stuck() {
        return !moved.getAndSet(false) && unread();
    }

    boolean unread() {
        return room.availablePermits() < bound;
    }
}
