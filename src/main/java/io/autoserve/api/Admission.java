package io.autoserve.api;

import io.autoserve.api.WriteLimit.WriteTurn;
import io.autoserve.model.WriteLoad;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Starts writes in the order in which they arrived, as {@link WriteLimit} decides. Each {@link
 * ApiServer} has its own admission, which runs on the event loop of that server.
 */
final class Admission {
    private final WriteLimit limit;
    private final LongSupplier nanos;
    private final AtomicInteger underWay = new AtomicInteger();
    private final Queue<WaitingWrite> queue = new LinkedBlockingQueue<>();
    private final LongAdder full = new LongAdder();
    private final LongAdder late = new LongAdder();
    private final LongAdder abandoned = new LongAdder();

    private record WaitingWrite(Call call, Consumer<Call> write, long since) {}

    /**
     * @param nanos a monotonic clock, in nanoseconds
     */
    Admission(WriteLimit limit, LongSupplier nanos) {
        this.limit = limit;
        this.nanos = nanos;
    }

    /** Runs {@code write} now or when its turn comes, or refuses the call. */
    void enter(Call call, Consumer<Call> write) {
        switch (limit.arrival(underWay.get(), queue.size())) {
            case BEGIN -> begin(call, write);
            case WAIT -> {
                queue.add(new WaitingWrite(call, write, nanos.getAsLong()));
                call.context()
                        .vertx()
                        .setTimer(limit.patience().toMillis(), _ -> callThoseWhoWait());
            }
            case REFUSE -> {
                full.increment();
                refuse(
                        call,
                        "this controller runs %d writes and %d more wait"
                                .formatted(underWay.get(), queue.size()));
            }
        }
    }

    /** Returns the present counts. May be called from any thread. */
    WriteLoad now() {
        return new WriteLoad(underWay.get(), queue.size(), full.sum(), late.sum(), abandoned.sum());
    }

    private void callThoseWhoWait() {
        for (var first = queue.peek(); first != null; first = queue.peek()) {
            var turn = turn(first);
            if (turn == WriteTurn.WAIT) {
                return;
            }
            queue.remove();
            leaveQueue(first, turn);
        }
    }

    private WriteTurn turn(WaitingWrite first) {
        return limit.turn(underWay.get(), waited(first), first.call.response().closed());
    }

    private void leaveQueue(WaitingWrite first, WriteTurn turn) {
        switch (turn) {
            case BEGIN -> begin(first.call, first.write);
            case REFUSE -> {
                late.increment();
                refuse(
                        first.call,
                        "the request waited behind other writes for %d ms"
                                .formatted(waited(first).toMillis()));
            }
            case FORGET -> abandoned.increment();
            case WAIT -> throw new IllegalArgumentException("a waiting write must stay queued");
        }
    }

    private Duration waited(WaitingWrite write) {
        return Duration.ofNanos(nanos.getAsLong() - write.since);
    }

    private void begin(Call call, Consumer<Call> write) {
        underWay.incrementAndGet();
        try {
            write.accept(call.thenRun(this::over));
        } catch (RuntimeException refused) {
            over();
            call.context().fail(refused);
        }
    }

    private void over() {
        underWay.decrementAndGet();
        callThoseWhoWait();
    }

    private static void refuse(Call call, String why) {
        call.context().fail(new Rejection.Busy(why + ": nothing was changed, retry in a second"));
    }
}
