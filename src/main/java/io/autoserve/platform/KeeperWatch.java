package io.autoserve.platform;

import io.autoserve.model.PlainText;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.runtime.PlatformContainers.Condition;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a container that keeps or checks something on this machine, and that reports the result
 * as its health. The leader starts the container if it does not run.
 */
final class KeeperWatch {
    private static final Logger LOG = LoggerFactory.getLogger(KeeperWatch.class);

    /** After a failed check, the next one follows after this time. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final int LONGEST_OUTPUT = 500;

    private final KeeperContainer container;
    private final Function<Condition, Check> judge;
    private final Consumer<Condition> act;
    private final BooleanSupplier leads;
    private final LongSupplier nanoTime;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Check check;
    private volatile Optional<Condition> seen = Optional.empty();
    private volatile long lastCheck;

    /**
     * The container to watch.
     *
     * @param check name of the check in {@code GET /health}
     * @param name name of the container
     * @param period after a good check, the next one follows after this time
     * @param condition reads the container's condition, empty if there is no such container; may
     *     block
     * @param start starts the container; may block
     */
    record KeeperContainer(
            String check,
            String name,
            Duration period,
            Supplier<Optional<Condition>> condition,
            Runnable start) {}

    /**
     * @param judge judges the container while it runs
     * @param act called while the container runs, once the result of the check is known to others;
     *     may block for minutes
     * @param leads returns whether this controller leads
     */
    KeeperWatch(
            KeeperContainer container,
            Function<Condition, Check> judge,
            Consumer<Condition> act,
            BooleanSupplier leads,
            LongSupplier nanoTime) {
        this.container = container;
        this.judge = judge;
        this.act = act;
        this.leads = leads;
        this.nanoTime = nanoTime;
        this.check = failed("%s was not asked yet".formatted(container.name()));
    }

    /**
     * Checks at once, and again after the period, or after a failed check every five seconds.
     *
     * @param threads an executor of virtual threads
     */
    void watch(Vertx vertx, Executor threads) {
        threads.execute(this::look);
        vertx.setPeriodic(RETRY.toMillis(), _ -> threads.execute(this::look));
    }

    /** Returns the result of the last check. */
    Check check() {
        return check;
    }

    /** Returns the container's condition at the last check. Empty if it is unknown. */
    Optional<Condition> seen() {
        return seen;
    }

    /** Returns what the container's health check printed, on one line of bounded length. */
    static String words(Condition condition) {
        return PlainText.cut(PlainText.of(condition.output()), LONGEST_OUTPUT);
    }

    /** Checks, unless another check is in progress or the last good one is recent. */
    void look() {
        if (isRecent() || !turn.tryLock()) {
            return;
        }
        try {
            var found = container.condition().get();
            if (found.isPresent() && !found.get().running() && leads.getAsBoolean()) {
                LOG.warn("starting {}, which does not run", container.name());
                container.start().run();
                found = container.condition().get();
            }
            show(found, judged(found));
            found.filter(Condition::running).ifPresent(act);
        } catch (RuntimeException failure) {
            show(
                    Optional.empty(),
                    failed(
                            "the state of %s is unknown: %s"
                                    .formatted(container.name(), failure.getMessage())));
        } finally {
            turn.unlock();
        }
    }

    private boolean isRecent() {
        return check.ok() && nanoTime.getAsLong() - lastCheck < container.period().toNanos();
    }

    private Check judged(Optional<Condition> found) {
        if (found.isEmpty()) {
            return failed(
                    "the container %s does not exist: run './autoserve platform up'"
                            .formatted(container.name()));
        }
        return found.get().running()
                ? judge.apply(found.get())
                : failed(
                        "the container %s does not run: the leader starts it"
                                .formatted(container.name()));
    }

    private void show(Optional<Condition> found, Check result) {
        if (result.ok() != check.ok()) {
            LOG.info("{}: {}", container.check(), result.detail());
        }
        lastCheck = nanoTime.getAsLong();
        seen = found;
        check = result;
    }

    private Check failed(String detail) {
        return new Check(container.check(), false, detail);
    }
}
