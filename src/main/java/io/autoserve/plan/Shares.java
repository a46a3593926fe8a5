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
 * Decides how much of its app's traffic each instance gets, relative to the others. Usually all
 * instances get the same share. A canary gets the weight of its step, but no more than its ready
 * instances can carry. With blue/green, all traffic goes to the revision that the step selects, or
 * to the other one if the selected revision cannot carry it. The share of an instance that just
 * became ready grows gradually, as with nginx's {@code slow_start}.
 */
public final class Shares {
    /** The share of an instance to which no other rule applies. */
    public static final int FULL = 1000;

    /** A share grows in tenths, because each change is a new route table for the proxy. */
    private static final int TENTHS = 10;

    /**
     * A revision can carry all traffic if at least this share of the desired instances is ready.
     */
    private static final double ENOUGH = 0.8;

    private Shares() {}

    /**
     * @param before the app as it was before the current rollout; null if there is none
     * @return shares by instance id, for the instances that may get requests. An instance with
     *     share 0 gets no requests
     */
    public static Map<Long, Integer> of(
            App app, @Nullable App before, List<Instance> slots, Instant now) {
        var routable = slots.stream().filter(Instance::routable).toList();
        var shares = new HashMap<Long, Integer>();
        for (var slot : routable) {
            shares.put(slot.id(), FULL);
        }
        if (before != null) {
            var fresh = routable.stream().filter(slot -> isOfNew(app, slot)).toList();
            var old = routable.stream().filter(slot -> !isOfNew(app, slot)).toList();
            if (!fresh.isEmpty() && !old.isEmpty()) { // a revision that is alone gets all
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

    /**
     * Returns whether the instance counts as one of the new revision. An instance of the new
     * revision that must still be restarted counts as well.
     */
    private static boolean isOfNew(App app, Instance slot) {
        return slot.template() == app.template();
    }

    private static void divide(
            App app, List<Instance> fresh, List<Instance> old, Map<Long, Integer> shares) {
        var rollout = app.rollout();
        var policy = app.spec().rollout();
        if (rollout == null) {
            return;
        }
        if (policy.strategy() == Strategy.BLUE_GREEN) {
            var due = rollout.step() == 0 ? old : fresh;
            var other = rollout.step() == 0 ? fresh : old;
            var idle = carries(app, due.size(), other.size()) ? other : due;
            idle.forEach(slot -> shares.put(slot.id(), 0));
        } else if (rollout.step() < policy.steps().size()) {
            var weight = policy.steps().get(rollout.step()).weight();
            var carried = 100.0 * fresh.size() / Math.max(1, app.wanted());
            var percent = Math.min(weight, carried);
            var each = FULL * old.size() * percent / (100 - percent) / fresh.size();
            fresh.forEach(slot -> shares.put(slot.id(), Math.max(1, (int) Math.round(each))));
        }
    }

    /**
     * Returns whether a revision can carry all traffic, or can carry at least as much as the other
     * revision.
     *
     * @param ready number of ready instances of this revision
     * @param others number of ready instances of the other revision
     */
    private static boolean carries(App app, int ready, int others) {
        return ready >= others || ready >= ENOUGH * app.wanted();
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

    /**
     * Returns the time at which the share of this instance grows next, or empty if it does not
     * grow.
     */
    static Optional<Instant> growsAt(App app, Instance slot, Instant now) {
        var ramp = app.spec().routing().slowStart();
        var since = slot.readySince();
        return ramp.isZero() || since == null || !since.plus(ramp).isAfter(now)
                ? Optional.empty()
                : Optional.of(now.plus(ramp.dividedBy(TENTHS)));
    }
}
