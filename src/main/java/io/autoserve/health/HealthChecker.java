package io.autoserve.health;

import io.autoserve.model.Instance;
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
    private long timer = -1;

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
        var probing =
                new PunctualProbing(
                        new Prober(vertx, commands),
                        clock,
                        (delay, pulse) -> vertx.setTimer(delay.toMillis(), _ -> pulse.run()),
                        unjudged::incrementAndGet);
        watchlist = new Watchlist(clock, chance, probing, this::wakeIn, told);
        return Future.succeededFuture();
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
        context.runOnContext(_ -> list.watch(all));
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
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(Math.max(1, delay.toMillis()), _ -> watchlist().round());
    }

    private Watchlist watchlist() {
        if (watchlist == null) {
            throw new IllegalStateException("deploy the health checker before using it");
        }
        return watchlist;
    }
}
