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

    private final String container;
    private final KeeperWatch keeper;

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
        this.keeper =
                new KeeperWatch(
                        new KeeperWatch.KeeperContainer(NAME, container, PERIOD, condition, start),
                        this::judge,
                        _ -> {},
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

    void look() {
        keeper.look();
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
