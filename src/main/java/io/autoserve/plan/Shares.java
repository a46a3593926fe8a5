package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much of its app's traffic each instance gets, beside the others. Usually all get the same; a
 * canary gets what its step says, a revision that waits for its turn nothing, and an instance that
 * just became ready a share that grows, as with nginx's {@code slow_start}.
 */
public final class Shares {
    /** The share of an instance that nothing else is said about. */
    public static final int FULL = 1000;

    /** A share grows in tenths: each growth is a new table for the proxy. */
    private static final int TENTHS = 10;

    private Shares() {}

    /**
     * @param before the app as it was before the rollout under way; null where none is
     * @return by instance id; 0: it gets nothing. Only of those that may be sent requests
     */
    public static Map<Long, Integer> of(
            App app, @Nullable App before, List<Instance> slots, Instant now) {
        var routable = slots.stream().filter(Instance::routable).toList();
        var shares = new HashMap<Long, Integer>();
        for (var slot : routable) {
            shares.put(slot.id(), FULL);
        }
        if (before != null) {
            var fresh = routable.stream().filter(slot -> slot.upToDate(app)).toList();
            var old = routable.stream().filter(slot -> !slot.upToDate(app)).toList();
            if (!fresh.isEmpty() && !old.isEmpty()) { // one that is alone serves all
                divide(app, fresh, old, shares);
            }
        }
        for (var slot : routable) {
            shares.computeIfPresent(
                    slot.id(),
                    (_, share) ->
                            share == 0 ? 0 : Math.max(1, share * tenths(app, slot, now) / TENTHS));
        }
        return shares;
    }

    private static void divide(
            App app, List<Instance> fresh, List<Instance> old, Map<Long, Integer> shares) {
        var rollout = app.rollout();
        var policy = app.spec().rollout();
        if (rollout == null) {
            return;
        }
        if (policy.strategy() == Strategy.BLUE_GREEN) {
            (rollout.step() == 0 ? fresh : old).forEach(slot -> shares.put(slot.id(), 0));
        } else if (rollout.step() < policy.steps().size()) {
            var weight = policy.steps().get(rollout.step()).weight();
            var each = (double) FULL * old.size() * weight / (100 - weight) / fresh.size();
            fresh.forEach(slot -> shares.put(slot.id(), Math.max(1, (int) Math.round(each))));
        }
    }

    private static int tenths(App app, Instance slot, Instant now) {
        var ramp = app.spec().routing().slowStart();
        var since = slot.readySince();
        if (ramp.isZero() || since == null) {
            return TENTHS;
        }
        var passed = Duration.between(since, now).toMillis() * TENTHS / ramp.toMillis();
        return Math.clamp(passed, 1, TENTHS);
    }

    /** When a share that grows is next to grow. */
    static Optional<Instant> growsAt(App app, Instance slot, Instant now) {
        var ramp = app.spec().routing().slowStart();
        var since = slot.readySince();
        return ramp.isZero() || since == null || !since.plus(ramp).isAfter(now)
                ? Optional.empty()
                : Optional.of(now.plus(ramp.dividedBy(TENTHS)));
    }
}
