package io.autoserve.health;

import io.autoserve.model.Instance;
import io.autoserve.time.EventLoop;
import io.autoserve.time.VertxLoop;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Checks the health of the watched instances, on an event loop. Once it is deployed, its methods
 * may be called from any thread. They return at once.
 *
 * <p>{@link Judgement} decides how soon and how often each check runs.
 */
public final class HealthChecker extends VerticleBase {

    private final InstantSource clock;
    private final RandomGenerator chance;
    private final CommandProbe commands;
    private final Consumer<Verdict> told;

    private final AtomicLong unjudged = new AtomicLong();

    private @Nullable Watchlist watchlist;
    private @Nullable EventLoop loop;
    private Runnable cancelAlarm = () -> {};

    /**
     * @param clock a clock that never goes back, even if somebody sets the machine's clock
     * @param told called on the event loop with every changed verdict; must not block
     */
    public HealthChecker(
            InstantSource clock,
            RandomGenerator chance,
            CommandProbe commands,
            Consumer<Verdict> told) {
        this.clock = clock;
        this.chance = chance;
        this.commands = commands;
        this.told = told;
    }

    @Override
    public Future<?> start() {
        begin(new VertxLoop(context), new Prober(vertx, commands));
        return Future.succeededFuture();
    }

    /** Begins to check on this event loop. Must be called only once, before the other methods. */
    public void begin(EventLoop loop, Probing probing) {
        this.loop = loop;
        var punctual = new PunctualProbing(probing, clock, loop::after, unjudged::incrementAndGet);
        watchlist = new Watchlist(clock, chance, punctual, this::wakeIn, told);
    }

    /**
     * Replaces the full set of watched instances. New instances are checked at once, and removed
     * instances are no longer checked. The checks of all other instances continue unchanged. An
     * instance is identified by its id and is checked once it has an address. An empty set stops
     * all checks, for example at the end of a term.
     *
     * <p>An instance whose health is READY was ready under another leader. Like any other instance,
     * it stays ready until its readiness check has failed {@code failureThreshold} times in a row.
     */
    public void watch(Collection<Target> targets) {
        var all = List.copyOf(targets);
        var list = watchlist();
        loop().run(() -> list.watch(all));
    }

    /**
     * Returns the verdict on the instance's present container at its present address. Returns empty
     * while there is no such verdict, even if there was one on an earlier container or address of
     * this instance.
     */
    public Optional<Verdict> verdict(Instance instance) {
        return watchlist().verdict(instance);
    }

    /**
     * Returns the number of probes that timed out and were not judged, because this controller or
     * Docker itself was late.
     */
    public long unjudged() {
        return unjudged.get();
    }

    private void wakeIn(Duration delay) {
        cancelAlarm.run();
        var least = Duration.ofMillis(1);
        cancelAlarm =
                loop().after(delay.compareTo(least) < 0 ? least : delay, () -> watchlist().round());
    }

    private Watchlist watchlist() {
        return deployed(watchlist);
    }

    private EventLoop loop() {
        return deployed(loop);
    }

    private static <T> T deployed(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("deploy the health checker before using it");
        }
        return part;
    }
}
