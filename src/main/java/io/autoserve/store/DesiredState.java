package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change.PutApp;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Rights;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Commits the changes that users request. Any controller may commit them, because these changes
 * need no leader. The methods throw {@link Refusal} if the app does not exist or is being deleted,
 * or if it would use a secret that is missing or not permitted for it, or a host that the author
 * may not give to it. They also throw it if, after the change, all apps together could have too
 * many instances. Only {@link #register} and {@link #apply} create an app, and {@link #delete} may
 * be repeated.
 */
public final class DesiredState {
    private final Database database;
    private final InstantSource clock;
    private final Capacity capacity;

    /**
     * @param maxInstances highest permitted sum of {@link App#reach} over all apps
     */
    public DesiredState(Database database, InstantSource clock, int maxInstances) {
        this.database = database;
        this.clock = clock;
        capacity = new Capacity(maxInstances);
    }

    /**
     * @param seq sequence number of the event; 0 if nothing changed. A caller can wait until a view
     *     has seen this event
     */
    public record Granted(App app, ApplyOutcome outcome, long seq) {}

    /** Creates an app. Refuses a name that is taken. */
    public Granted register(AppSpec spec, String raw, By by) {
        HostTable.requireWithin(spec, by.rights());
        return granted(
                by,
                transaction -> {
                    lock(transaction, spec.name());
                    find(transaction, spec.name())
                            .ifPresent(app -> {
                                throw Refusal.conflict(
                                        "app '%s' already exists: change it with 'autoserve apply'"
                                                .formatted(app.name()));
                            });
                    return create(transaction, spec, raw, by);
                });
    }

    /** Creates the app, or changes it to what the spec says. An equal spec changes nothing. */
    public Granted apply(AppSpec spec, String raw, By by) {
        return apply(spec, raw, null, by);
    }

    /**
     * @param from apply only if the app is still at this revision, which prevents overwriting newer
     *     changes; null for any revision. A spec that is equal to the present one is never refused
     */
    public Granted apply(AppSpec spec, String raw, @Nullable Integer from, By by) {
        HostTable.requireWithin(spec, by.rights());
        return granted(
                by,
                transaction -> {
                    lock(transaction, spec.name());
                    var present = find(transaction, spec.name()).map(DesiredState::notLeaving);
                    if (present.isEmpty() && from == null) {
                        return create(transaction, spec, raw, by);
                    }
                    var app = present.orElseThrow(() -> Refusal.notFound(spec.name()));
                    if (app.spec().equals(spec)) {
                        return new Made(app, ApplyOutcome.UNCHANGED);
                    }
                    if (from != null && from != app.revision()) {
                        throw Refusal.overtaken(app, from);
                    }
                    return revise(transaction, app, spec, raw, by);
                });
    }

    /** Refuses a spec if {@link #apply} would refuse its hosts at present. */
    public void requireHosts(AppSpec spec, Rights rights) {
        HostTable.requireWithin(spec, rights);
        database.snapshot(transaction -> {
            HostTable.require(transaction, spec, rights);
            return spec;
        });
    }

    /**
     * Sets the number of instances. In mode auto, the autoscaler keeps this number for the
     * stabilization window or the cooldown, whichever is longer, and then decides again. After a
     * new spec, the autoscaler decides again at once.
     */
    public Granted scale(String name, int replicas, By by) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    var scaling = app.spec().scaling();
                    var until = scaling.heldUntil(clock.instant());
                    ScalingTable.hold(transaction, app.id(), until);
                    var next = app.wanting(app.intent(), replicas, app.restart(), clock.instant());
                    return put(
                            transaction,
                            app,
                            next,
                            by,
                            Event.Type.AppScaled,
                            "replicas set to %d".formatted(replicas)
                                    + (until == null
                                            ? ""
                                            : "; the autoscaler resumes at " + until));
                });
    }

    public Granted start(String name, By by) {
        return change(
                name,
                by,
                Event.Type.AppStarted,
                "start requested",
                app -> app.wanting(Intent.RUN, app.replicas(), app.restart(), clock.instant()));
    }

    public Granted stop(String name, By by) {
        return change(
                name,
                by,
                Event.Type.AppStopped,
                "stop requested",
                app -> app.wanting(Intent.STOP, app.replicas(), app.restart(), clock.instant()));
    }

    public Granted restart(String name, By by) {
        return restart(name, by, "restart requested");
    }

    /** Replaces every instance, as a rollout does. */
    public Granted restart(String name, By by, String reason) {
        return change(
                name,
                by,
                Event.Type.AppRestarted,
                reason,
                app ->
                        app.wanting(
                                app.intent(), app.replicas(), app.restart() + 1, clock.instant()));
    }

    /** Drains and removes the app's instances, then deletes the app. May be repeated. */
    public Granted delete(String name, By by) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = find(transaction, name).orElseThrow(() -> Refusal.notFound(name));
                    var gone =
                            app.wanting(
                                    Intent.DELETE, app.replicas(), app.restart(), clock.instant());
                    return put(
                            transaction, app, gone, by, Event.Type.AppDeleting, "delete requested");
                });
    }

    /** Pauses a rollout where it is. Refuses if none is under way. */
    public Granted pause(String name, By by) {
        return change(
                name,
                by,
                Event.Type.RolloutPaused,
                "pause requested",
                app -> paused(app, true, "paused by " + by.actor()));
    }

    public Granted resume(String name, By by) {
        return change(
                name,
                by,
                Event.Type.RolloutResumed,
                "resume requested",
                app -> paused(app, false, "resumed by " + by.actor()));
    }

    private App paused(App app, boolean paused, String reason) {
        var rollout = app.rollout();
        if (rollout == null) {
            throw Refusal.conflict("app '%s' has no rollout in progress".formatted(app.name()));
        }
        return rollout.paused() == paused
                ? app
                : app.rolling(rollout.paused(paused, reason, clock.instant()), clock.instant());
    }

    /**
     * Returns to an earlier revision. The spec of that revision is applied as a new revision.
     *
     * @param to number of a kept revision; null for the revision from which the current rollout
     *     began. Without a rollout, null means the newest revision whose template differs from the
     *     present one
     */
    public Granted undo(String name, @Nullable Integer to, By by) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    var earlier = Rows.earlier(transaction, app, to);
                    if (earlier == null) {
                        throw Refusal.conflict(
                                to == null
                                        ? "app '%s' has no earlier revision to roll back to"
                                                .formatted(name)
                                        : "app '%s' has no revision %d: 'autoserve rollout history' lists them"
                                                .formatted(name, to));
                    }
                    HostTable.requireWithin(earlier.spec(), by.rights());
                    SecretTable.require(transaction, earlier.spec());
                    var next = returned(transaction, app, earlier);
                    HostTable.claim(transaction, app, next, by.rights());
                    Rows.addRevision(transaction, next, earlier.raw(), by.actor());
                    return put(
                            transaction,
                            app,
                            next,
                            by,
                            Event.Type.AppUpdated,
                            "revision %d applied: it restores revision %d"
                                    .formatted(next.revision(), earlier.number()));
                });
    }

    private App returned(Transaction transaction, App app, Revision earlier) {
        var now = clock.instant();
        var before = Rows.before(transaction, app);
        var replicas = replicas(app, earlier.spec().scaling());
        return earlier.template() == app.template()
                        || (before != null && before.template() == earlier.template())
                ? app.revised(earlier.spec(), replicas, before, now)
                : app.returned(earlier.spec(), earlier.template(), replicas, now);
    }

    private Granted change(
            String name, By by, Event.Type type, String reason, UnaryOperator<App> step) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    return put(transaction, app, step.apply(app), by, type, reason);
                });
    }

    private record Made(App app, ApplyOutcome outcome) {}

    private Granted granted(By by, Function<Transaction, Made> work) {
        var granted = database.committedOnce(by, Made.class, work);
        return new Granted(granted.result().app(), granted.result().outcome(), granted.seq());
    }

    /** Returns the app, or refuses if there is none or it is being deleted. */
    private static App required(Transaction transaction, String name) {
        return find(transaction, name)
                .map(DesiredState::notLeaving)
                .orElseThrow(() -> Refusal.notFound(name));
    }

    private static App notLeaving(App app) {
        if (app.intent() == Intent.DELETE) {
            throw Refusal.conflict(
                    "app '%s' is being deleted: retry after it is removed".formatted(app.name()));
        }
        return app;
    }

    /**
     * Locks the name of the app instead of its row, because two concurrent registrations of a new
     * name would find no row to lock.
     */
    private static void lock(Transaction transaction, String name) {
        transaction.tell(
                "select pg_advisory_xact_lock(hashtext('autoserve.app'), hashtext($1))", name);
    }

    private static Optional<App> find(Transaction transaction, String name) {
        return transaction
                .first(Rows.APPS + "where a.name = $1 for update of a", name)
                .map(row -> Rows.app(row));
    }

    private Made create(Transaction transaction, AppSpec spec, String raw, By by) {
        SecretTable.require(transaction, spec);
        var now = clock.instant();
        var unsaved = registered(0, spec, now);
        capacity.require(transaction, null, unsaved);
        var app = registered(Rows.addApp(transaction, unsaved), spec, now);
        HostTable.claim(transaction, null, app, by.rights());
        Rows.addRevision(transaction, app, raw, by.actor());
        transaction.append(
                0,
                by.actor(),
                app.name(),
                Event.Type.AppRegistered,
                "registered with replicas set to %d".formatted(app.replicas()),
                new PutApp(app));
        return new Made(app, ApplyOutcome.CREATED);
    }

    /** Returns a new app as its spec describes it. */
    public static App registered(long id, AppSpec spec, Instant now) {
        return new App(
                id,
                spec.name(),
                1,
                1,
                spec,
                Intent.RUN,
                spec.scaling().minReplicas(),
                0,
                null,
                now,
                now);
    }

    /**
     * @param before the app as it was before the current rollout; null without a rollout
     */
    public static App revised(App app, AppSpec spec, @Nullable App before, Instant now) {
        return app.revised(spec, replicas(app, spec.scaling()), before, now);
    }

    private Made revise(Transaction transaction, App app, AppSpec spec, String raw, By by) {
        SecretTable.require(transaction, spec);
        var next = revised(app, spec, Rows.before(transaction, app), clock.instant());
        HostTable.claim(transaction, app, next, by.rights());
        Rows.addRevision(transaction, next, raw, by.actor());
        ScalingTable.hold(transaction, app.id(), null);
        return put(
                transaction,
                app,
                next,
                by,
                Event.Type.AppUpdated,
                "revision %d applied".formatted(next.revision()));
    }

    /**
     * Returns the desired number of instances under a new spec. In mode auto, the present number
     * stays, but is moved into the new spec's bounds. In mode manual, a changed minReplicas sets
     * the number. If minReplicas is the same, the number stays.
     */
    private static int replicas(App app, Scaling scaling) {
        if (scaling.mode() == Scaling.Mode.AUTO) {
            return Math.clamp(app.replicas(), scaling.minReplicas(), scaling.maxReplicas());
        }
        var restated = scaling.minReplicas() != app.spec().scaling().minReplicas();
        return restated ? scaling.minReplicas() : app.replicas();
    }

    private Made put(
            Transaction transaction, App before, App after, By by, Event.Type type, String reason) {
        if (same(before, after)) {
            return new Made(before, ApplyOutcome.UNCHANGED);
        }
        capacity.require(transaction, before, after);
        Rows.put(transaction, after);
        transaction.append(0, by.actor(), after.name(), type, reason, new PutApp(after));
        return new Made(after, ApplyOutcome.CHANGED);
    }

    private static boolean same(App before, App after) {
        return before.revision() == after.revision()
                && before.intent() == after.intent()
                && before.replicas() == after.replicas()
                && before.restart() == after.restart()
                && Objects.equals(before.rollout(), after.rollout());
    }
}
