package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Transition;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A copy of one app's rows in memory. Effects change this copy as they would change the database.
 */
final class AppRows {
    private final Map<Integer, App> revisions = new HashMap<>();
    private final Map<Integer, Instance> slots = new TreeMap<>();
    private final LongSupplier ids;
    private App app;
    private boolean deleted;

    /**
     * @param before the app as it was before its rollout; null if there is none
     * @param ids returns an id that no instance has had
     */
    AppRows(App app, @Nullable App before, List<Instance> slots, LongSupplier ids) {
        this.app = app;
        this.ids = ids;
        put(app);
        if (before != null) {
            revisions.put(before.revision(), before);
        }
        slots.forEach(this::put);
    }

    App app() {
        return app;
    }

    boolean deleted() {
        return deleted;
    }

    /** Returns the app as it was before its rollout; null if there is none. */
    @Nullable App before() {
        var rollout = app.rollout();
        return rollout == null ? null : revisions.get(rollout.from());
    }

    @Nullable App revision(int number) {
        return revisions.get(number);
    }

    List<Instance> slots() {
        return List.copyOf(slots.values());
    }

    /**
     * Replaces the app and all slots, as a failover to a standby that lacks the latest rows does.
     */
    void replace(App earlier, List<Instance> slots) {
        put(earlier);
        this.slots.clear();
        slots.forEach(this::put);
    }

    void put(App next) {
        app = next;
        revisions.put(next.revision(), next);
    }

    private Instance put(Instance instance) {
        slots.put(instance.index(), instance);
        return instance;
    }

    /**
     * Applies an effect if the rows allow it.
     *
     * @return the changed row of an instance, if one changed
     */
    Optional<Instance> apply(Effect effect, Instant now) {
        switch (effect) {
            case Effect.Occupy occupy -> {
                return occupied(occupy, now);
            }
            case Effect.Move move -> {
                return instance(move.id()).flatMap(move::of).map(this::put);
            }
            case Effect.Vacate(var instance, _) ->
                    slots.values().removeIf(slot -> slot.id() == instance.id());
            case Effect.Roll roll -> {
                var before = before();
                if (before != null) {
                    roll.of(app, before).ifPresent(this::put);
                }
            }
            case Effect.Delete _ -> deleted = slots.isEmpty() && app.intent() == App.Intent.DELETE;
            case Effect.Note _ -> {}
        }
        return Optional.empty();
    }

    private Optional<Instance> occupied(Effect.Occupy occupy, Instant now) {
        var before = slots.get(occupy.index());
        if (before != null && !before.allows(Transition.OCCUPY)) {
            return Optional.empty();
        }
        return Optional.of(
                put(
                        Instance.starting(
                                ids.getAsLong(),
                                occupy.app(),
                                occupy.index(),
                                before,
                                occupy.reason(),
                                now)));
    }

    Optional<Instance> instance(long id) {
        return slots.values().stream().filter(slot -> slot.id() == id).findFirst();
    }
}
