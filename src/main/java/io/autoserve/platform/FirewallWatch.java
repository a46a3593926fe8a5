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
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports whether the firewall's rules are in place, which limit what apps' containers can reach.
 * It reads the health of the container that puts them in place. The leader starts the container if
 * it does not run.
 */
public final class FirewallWatch {
    private static final Logger LOG = LoggerFactory.getLogger(FirewallWatch.class);

    /** After a good check, the next one follows after this time. */
    private static final Duration PERIOD = Duration.ofMinutes(1);

    /** After a failed check, the next one follows after this time. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final int LONGEST_OUTPUT = 500;

    private final String container;
    private final Supplier<Optional<Condition>> condition;
    private final Runnable start;
    private final BooleanSupplier leads;
    private final LongSupplier nanoTime;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Check check;
    private volatile long lastCheck;

    /**
     * @param container name of the firewall's container
     * @param condition reads the container's condition, empty if there is no such container; may
     *     block
     * @param start starts the container; may block
     * @param leads returns whether this controller leads
     */
    public FirewallWatch(
            String container,
            Supplier<Optional<Condition>> condition,
            Runnable start,
            BooleanSupplier leads,
            LongSupplier nanoTime) {
        this.container = container;
        this.condition = condition;
        this.start = start;
        this.leads = leads;
        this.nanoTime = nanoTime;
        this.check = check(false, "the rules were not checked yet");
    }

    /**
     * Checks at once, and again every minute, or after a failed check every five seconds.
     *
     * @param threads an executor of virtual threads
     */
    public void watch(Vertx vertx, Executor threads) {
        threads.execute(this::look);
        vertx.setPeriodic(RETRY.toMillis(), _ -> threads.execute(this::look));
    }

    /** Returns the result of the last check. */
    public Check check() {
        return check;
    }

    /** Checks, unless another check is in progress or the last good one is recent. */
    void look() {
        if (isRecent() || !turn.tryLock()) {
            return;
        }
        try {
            var found = condition.get();
            if (found.isPresent() && !found.get().running() && leads.getAsBoolean()) {
                LOG.warn("starting {}, which does not run", container);
                start.run();
                found = condition.get();
            }
            show(judge(found));
        } catch (RuntimeException failure) {
            show(
                    check(
                            false,
                            "the state of %s is unknown: %s"
                                    .formatted(container, failure.getMessage())));
        } finally {
            turn.unlock();
        }
    }

    private boolean isRecent() {
        return check.ok() && nanoTime.getAsLong() - lastCheck < PERIOD.toNanos();
    }

    private void show(Check found) {
        if (found.ok() != check.ok()) {
            LOG.info("firewall: {}", found.detail());
        }
        lastCheck = nanoTime.getAsLong();
        check = found;
    }

    private Check judge(Optional<Condition> found) {
        if (found.isEmpty()) {
            return check(
                    false,
                    "the container %s does not exist: run './autoserve platform up'"
                            .formatted(container));
        }
        var seen = found.get();
        if (!seen.running()) {
            return check(
                    false,
                    "the container %s does not run: the leader starts it".formatted(container));
        }
        var output = PlainText.cut(PlainText.of(seen.output()), LONGEST_OUTPUT);
        return switch (seen.health()) {
            case "healthy" -> check(true, output.isEmpty() ? "the rules are in place" : output);
            case "starting" -> check(false, container + " has not checked the rules yet");
            default ->
                    check(
                            false,
                            "%s reports: %s"
                                    .formatted(
                                            container,
                                            output.isEmpty() ? "no health check" : output));
        };
    }

    private static Check check(boolean ok, String detail) {
        return new Check("firewall", ok, detail);
    }
}
