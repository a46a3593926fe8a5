package io.autoserve.health;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Asks the instances that it is told to watch how they are, on an event loop. Its methods may be
 * called from any thread once it is deployed, and return at once.
 *
 * <p>How soon and how often it asks is {@link Judgement}'s to say.
 */
public final class HealthChecker extends VerticleBase {

    private final InstantSource clock;
    private final RandomGenerator chance;
    private final CommandProbe commands;
    private final Consumer<Verdict> told;

    private @Nullable Watchlist watchlist;
    private long timer = -1;

    /**
     * @param clock never goes back: give it one that counts on from its start
     * @param told is called with every change on the event loop, and must not block
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
        watchlist = new Watchlist(clock, chance, new Prober(vertx, commands), this::wakeIn, told);
        return Future.succeededFuture();
    }

    /**
     * The full set each time: the new are asked at once, the gone no more, others go on
     * undisturbed. An instance is known by its id, and asked once it has an address. An empty set
     * ends all of it, as when a term ends.
     *
     * <p>An instance whose health is READY already was so under another leader: it stays ready
     * until it fails as often as any other would have to.
     */
    public void watch(Collection<Target> targets) {
        var all = List.copyOf(targets);
        context.runOnContext(_ -> watchlist().watch(all));
    }

    /** Of everyone who is watched, by the id of the instance. */
    public Map<Long, Verdict> verdicts() {
        return watchlist().verdicts();
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
