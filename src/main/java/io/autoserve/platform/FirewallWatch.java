package io.autoserve.platform;

import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.runtime.PlatformContainers.Condition;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Reports whether the firewall's rules are in place, which limit what apps' containers can reach.
 * It reads the health of the container that puts them in place.
 */
public final class FirewallWatch {
    private static final String NAME = "firewall";
    private static final Duration PERIOD = Duration.ofMinutes(1);

    /**
     * A controller that starts later than this after the machine finds the rules in place, because
     * they stay in the kernel until the next boot.
     */
    private static final Duration RECENT = Duration.ofMinutes(10);

    /** Apps start without the rules after this time, and {@code /health} reports it. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

    private final String container;
    private final KeeperWatch keeper;
    private final Runnable onConfirmed;
    private final LongSupplier nanoTime;
    private final long began;
    private volatile boolean waits;

    /**
     * @param container name of the firewall's container
     * @param condition reads the container's condition, empty if there is no such container; may
     *     block
     * @param start starts the container; may block
     * @param leads returns whether this controller leads
     * @param onConfirmed called when apps no longer have to wait, because the rules are in place
     * @param uptime how long the machine has been running
     */
    public FirewallWatch(
            String container,
            Supplier<Optional<Condition>> condition,
            Runnable start,
            BooleanSupplier leads,
            Runnable onConfirmed,
            Duration uptime,
            LongSupplier nanoTime) {
        this.container = container;
        this.onConfirmed = onConfirmed;
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
        this.waits = uptime.compareTo(RECENT) < 0;
        this.keeper =
                new KeeperWatch(
                        new KeeperWatch.KeeperContainer(NAME, container, PERIOD, condition, start),
                        this::judge,
                        this::confirm,
                        leads,
                        nanoTime);
    }

    /**
     * Checks at once, and again every minute, or after a failed check every five seconds.
     *
     * @param threads an executor of virtual threads
     */
    public void watch(Vertx vertx, Executor threads) {
        keeper.watch(vertx, threads);
    }

    /** Returns the result of the last check. */
    public Check check() {
        return keeper.check();
    }

    /**
     * Returns why no container of an app may start yet, or empty if it may. After a boot of the
     * machine, the kernel has no rules until the firewall has put them in place.
     */
    public Optional<String> startsWait() {
        return waits && nanoTime.getAsLong() - began < LONGEST_WAIT.toNanos()
                ? Optional.of("waiting for the firewall: " + check().detail())
                : Optional.empty();
    }

    void look() {
        keeper.look();
    }

    private void confirm(Condition seen) {
        if (waits && judge(seen).ok()) {
            waits = false;
            onConfirmed.run();
        }
    }

    private Check judge(Condition seen) {
        var words = KeeperWatch.words(seen);
        return switch (seen.health()) {
            case "healthy" -> check(true, words.isEmpty() ? "the rules are in place" : words);
            case "starting" -> check(false, container + " has not checked the rules yet");
            default ->
                    check(
                            false,
                            "%s reports: %s"
                                    .formatted(
                                            container,
                                            words.isEmpty() ? "no health check" : words));
        };
    }

    private static Check check(boolean ok, String detail) {
        return new Check(NAME, ok, detail);
    }
}
