package io.autoserve.simulation;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Carries messages between processes. Messages of one connection arrive in their order. A message
 * that is sent while the way is cut never arrives, and neither does any later message of the same
 * connection.
 */
public final class Network {
    private static final long USUAL_NANOS = 500_000;
    private static final long SLOW_NANOS = 50_000_000;
    private static final double SLOW = 0.005;

    private final Scheduler scheduler;
    private final RandomGenerator chance;
    private final Set<Way> cut = new LinkedHashSet<>();

    /** One direction between two processes. */
    private record Way(SimulatedProcess from, SimulatedProcess to) {}

    /** The order of the messages in one direction of one connection. */
    public static final class Lane {
        private long lastArrival;
        private boolean broken;
    }

    public Network(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.chance = scheduler.chance();
    }

    /** Cuts both directions between two processes. */
    public void cut(SimulatedProcess one, SimulatedProcess other) {
        cut.add(new Way(one, other));
        cut.add(new Way(other, one));
    }

    public void heal(SimulatedProcess one, SimulatedProcess other) {
        cut.remove(new Way(one, other));
        cut.remove(new Way(other, one));
    }

    public void healAll() {
        cut.clear();
    }

    /** Returns whether messages arrive. The process at the other end may be frozen or dead. */
    public boolean connects(SimulatedProcess from, SimulatedProcess to) {
        return !cut.contains(new Way(from, to));
    }

    /**
     * Delivers a message after the latency of the network, unless the way is cut now or then.
     *
     * @param arrived runs when the message arrives, outside of any thread. It must only wake a
     *     thread or start one
     */
    public void send(SimulatedProcess from, SimulatedProcess to, Lane lane, Runnable arrived) {
        lane.broken |= !connects(from, to);
        if (lane.broken) {
            return;
        }
        var at = Math.max(lane.lastArrival, scheduler.nanos() + latency());
        lane.lastArrival = at;
        to.after(
                Duration.ofNanos(at - scheduler.nanos()),
                Runnable::run,
                () -> {
                    lane.broken |= !connects(from, to);
                    if (!lane.broken) {
                        arrived.run();
                    }
                });
    }

    private long latency() {
        return chance.nextDouble() < SLOW
                ? chance.nextLong(SLOW_NANOS)
                : USUAL_NANOS / 5 + chance.nextLong(USUAL_NANOS);
    }
}
