package io.autoserve.cluster;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Lets all loops of a controller pass one {@link DatabaseGate}, one attempt at a time. Callers wait
 * in line. If the attempt in front of them fails, they fail with its reason, because theirs would
 * fail as well. May be used from any thread.
 */
final class AttemptQueue {
    /**
     * How long a caller waits for its turn. A user's request must get an answer with a reason
     * within its usual time, so this is shorter than the pool's time limit.
     */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(3);

    private final Vertx vertx;

    /** The context of all timers. Timers in the context of a verticle would end with it. */
    private final Context home;

    private final ExponentialBackoff backoff;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Queue<Promise<Duration>> waiting = new ArrayDeque<>();
    private DatabaseGate gate;
    private boolean busy;
    private boolean alarmed;

    AttemptQueue(
            Vertx vertx,
            ExponentialBackoff backoff,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.vertx = vertx;
        this.home = vertx.getOrCreateContext();
        this.backoff = backoff;
        this.nanoTime = nanoTime;
        this.random = random;
        this.gate = DatabaseGate.open(nanoTime.getAsLong());
    }

    /**
     * Begins an attempt as soon as it may begin.
     *
     * @param begin begins the attempt, and is given its deadline. The attempt must end, and must
     *     fail with a {@link TimeoutException} if it missed the deadline
     * @return the result of the attempt; fails with the last reason if its turn does not come in
     *     time
     */
    <T> Future<T> attempt(Function<Duration, Future<T>> begin) {
        var turn = Promise.<Duration>promise();
        synchronized (this) {
            waiting.add(turn);
        }
        letNextThrough();
        if (!turn.future().isComplete()) {
            home.runOnContext(_ -> limitWait(turn));
        }
        return turn.future()
                .compose(deadline -> {
                    var began = nanoTime.getAsLong();
                    return Future.succeededFuture(deadline)
                            .compose(begin)
                            .onComplete(result -> ended(result, began));
                });
    }

    /** Opens the gate at once, because another path has reached the database. */
    void open() {
        synchronized (this) {
            gate = gate.opened(nanoTime.getAsLong());
        }
        letNextThrough();
    }

    /** Shuts the gate for a pause, because another path has failed to reach the database. */
    synchronized void failedElsewhere(String reason) {
        gate = gate.failed(reason, backoff, random, nanoTime.getAsLong());
    }

    /** Returns why the last attempt failed and when the next one may begin; empty if neither. */
    synchronized String problem() {
        var left = gate.opensAt() - nanoTime.getAsLong();
        return gate.reason().isEmpty() || left <= 0
                ? gate.reason()
                : "%s, next attempt in %d ms".formatted(gate.reason(), left / 1_000_000);
    }

    private void limitWait(Promise<Duration> turn) {
        var timer = vertx.setTimer(LONGEST_WAIT.toMillis(), _ -> giveUp(turn));
        turn.future().onComplete(_ -> vertx.cancelTimer(timer));
    }

    private void giveUp(Promise<Duration> turn) {
        synchronized (this) {
            waiting.remove(turn);
        }
        var why = problem();
        turn.tryFail(
                "was not asked again for %d s: %s"
                        .formatted(
                                LONGEST_WAIT.toSeconds(),
                                why.isEmpty() ? "earlier attempts are still in progress" : why));
    }

    private void letNextThrough() {
        Promise<Duration> next;
        Duration deadline;
        synchronized (this) {
            if (busy || waiting.isEmpty()) {
                return;
            }
            var now = nanoTime.getAsLong();
            if (!gate.isOpen(now)) {
                wakeAfter(gate.opensAt() - now);
                return;
            }
            busy = true;
            next = waiting.remove();
            deadline = gate.deadline();
        }
        if (!next.tryComplete(deadline)) { // the caller has just given up
            synchronized (this) {
                busy = false;
            }
            letNextThrough();
        }
    }

    private void wakeAfter(long nanos) {
        if (!alarmed) {
            alarmed = true;
            home.runOnContext(_ -> vertx.setTimer(nanos / 1_000_000 + 1, _ -> wake()));
        }
    }

    private void wake() {
        synchronized (this) {
            alarmed = false;
        }
        letNextThrough();
    }

    private void ended(AsyncResult<?> result, long began) {
        var followers = new ArrayList<Promise<Duration>>();
        synchronized (this) {
            busy = false;
            gate = after(result, began);
            if (result.failed()) {
                followers.addAll(waiting);
                waiting.clear();
            }
        }
        followers.forEach(turn -> turn.tryFail(result.cause()));
        letNextThrough();
    }

    private DatabaseGate after(AsyncResult<?> result, long began) {
        var now = nanoTime.getAsLong();
        if (result.succeeded()) {
            return gate.succeeded(Duration.ofNanos(now - began), now);
        }
        var reason = Dialer.reason(result.cause());
        return result.cause() instanceof TimeoutException
                ? gate.missed(reason, backoff, random, now)
                : gate.failed(reason, backoff, random, now);
    }
}
