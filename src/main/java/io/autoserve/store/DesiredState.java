package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Footprint;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Token;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Commits the changes that users request. Any controller may commit them, because these changes
 * need no leader. The methods throw {@link Refusal} if the app does not exist or is being deleted,
 * or if it would use a secret that is missing or not permitted for it, or a host that the author
 * may not give to it. They also throw it if, after the change, all apps together could have too
 * many instances, or the author's token would exceed its quota. Only {@link #register} and {@link
 * #apply} create an app, and {@link #delete} may be repeated.
 *
 * <p>Every method takes its locks in one order: the app, its secrets, the hosts, the quotas, and
 * last the order of events. Two changes therefore never wait for each other in a circle.
 */
public final class DesiredState {
    private final Database database;
    private final InstantSource clock;
    private final Capacity capacity;
    private final InstanceLimits limits;
    private final Quotas quotas;

    /**
     * @param maxInstances highest permitted sum of {@link App#reach} over all apps
     * @param limits limits of an instance, which fill in and restrict those of new revisions
     */
    public DesiredState(
            Database database, InstantSource clock, int maxInstances, InstanceLimits limits) {
        this.database = database;
        this.clock = clock;
        this.limits = limits;
        capacity = new Capacity(maxInstances);
        quotas = new Quotas(limits);
    }

    /**
     * @param seq sequence number of the event; 0 if nothing changed. A caller can wait until a view
     *     has seen this event
     */
    public record Granted(App app, ApplyOutcome outcome, long seq) {}

    /** Creates an app. Refuses a name that is taken. */
    public Granted register(AppSpec written, String raw, By by) {
        var spec = limits.filled(written);
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
        return apply(spec, raw, null, null, by);
    }

    /**
     * @param from apply only if the app is still at this revision, which prevents overwriting newer
     *     changes; null for any revision. A spec that is equal to the present one is never refused,
     *     unless the image is outdated
     * @param outdated an image that the name in the spec does not refer to any more; null if there
     *     is none. If the app runs this image, an equal spec makes a new revision too
     */
    public Granted apply(
            AppSpec written, String raw, @Nullable Integer from, @Nullable String outdated, By by) {
        return apply(written, raw, from, outdated, "", by);
    }

    /**
     * Applies a spec as above.
     *
     * @param cause why the spec was applied, for the event; empty if a person applied it
     */
    public Granted apply(
            AppSpec written,
            String raw,
            @Nullable Integer from,
            @Nullable String outdated,
            String cause,
            By by) {
        var spec = limits.filled(written);
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
                    var same = app.spec().equals(spec);
                    if (same && (outdated == null || !outdated.equals(app.image()))) {
                        return new Made(app, ApplyOutcome.UNCHANGED);
                    }
                    if (from != null && from != app.revision()) {
                        throw Refusal.overtaken(app, from);
                    }
                    return same
                            ? renew(transaction, app, raw, cause, by)
                            : revise(transaction, app, spec, raw, cause, by);
                });
    }

    /** Returns the app if it has the spec already, so that {@link #apply} would change nothing. */
    public Optional<App> unchanged(AppSpec written) {
        var spec = limits.filled(written);
        return database.snapshot(transaction ->
                seen(transaction, spec.name()).filter(app -> app.spec().equals(spec)));
    }

    /**
     * Returns the spec as {@link #apply} would store it, and refuses what {@link #apply} would
     * refuse because of a host, a limit or a quota. Does not check these for an unchanged spec
     * whose tag has moved. Changes nothing.
     */
    public AppSpec rehearsed(AppSpec written, By by) {
        var spec = limits.filled(written);
        HostTable.requireWithin(spec, by.rights());
        return database.snapshot(transaction -> {
            HostTable.require(transaction, spec, by.rights());
            var present = seen(transaction, spec.name()).orElse(null);
            if (present == null || !present.spec().equals(spec)) {
                var next =
                        present == null
                                ? registered(0, spec, clock.instant())
                                : revised(
                                        present,
                                        spec,
                                        Rows.before(transaction, present),
                                        clock.instant());
                limits.require(spec);
                capacity.require(transaction, present, next);
                quotas.require(transaction, by, present, next);
            }
            return spec;
        });
    }

    /** Returns what the apps in the scope of each of these tokens can use, by the token's id. */
    public Map<String, Footprint> used(Collection<Token> tokens) {
        return database.snapshot(transaction -> {
            var used = new HashMap<String, Footprint>();
            for (var token : tokens) {
                used.put(token.id(), quotas.used(transaction, token.apps()));
            }
            return Map.copyOf(used);
        });
    }

    /**
     * Sets the number of instances. In mode auto, the autoscaler keeps this number for the
     * stabilization window or the cooldown, whichever is longer, and then decides again. After a
     * new spec, the autoscaler decides again at once. An app that may sleep falls asleep with 0.
     */
    public Granted scale(String name, int replicas, By by) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    var scaling = app.spec().scaling();
                    var sleeps = replicas == 0 && scaling.sleep() != null && !app.spec().isWorker();
                    // nginx holds requests to such an app, so they must be able to wake it
                    var until = sleeps ? null : scaling.heldUntil(clock.instant());
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

    /** Replaces every instance, as a rollout does. A failed release command runs again. */
    public Granted restart(String name, By by, String reason) {
        return change(
                name,
                by,
                Event.Type.AppRestarted,
                reason,
                app ->
                        app.wanting(
                                app.intent(), app.replicas(), app.restart() + 1, clock.instant()),
                ReleaseTable::repeatFailed);
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

    /** Continues a paused rollout. A failed release command runs again. */
    public Granted resume(String name, By by) {
        return change(
                name,
                by,
                Event.Type.RolloutResumed,
                "resume requested",
                app -> paused(app, false, "resumed by " + by.actor()),
                ReleaseTable::repeatFailed);
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
     *     began. Without a rollout, null means the newest revision that served and whose template
     *     differs from the present one
     */
    public Granted undo(String name, @Nullable Integer to, By by) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    var earlier = Rows.earlier(transaction, app, to);
                    if (earlier == null) {
                        throw Refusal.conflict(missing(app, to));
                    }
                    var spec = limits.filled(earlier.spec());
                    HostTable.requireWithin(spec, by.rights());
                    SecretTable.require(transaction, spec, by.rights().apps());
                    limits.require(spec);
                    var next = returned(transaction, app, earlier, spec);
                    HostTable.claim(transaction, app, next, by.rights());
                    Rows.addRevision(
                            transaction,
                            next,
                            earlier.raw(),
                            by.actor(),
                            servesAtOnce(transaction, app, next));
                    return put(
                            transaction,
                            app,
                            next,
                            by,
                            Event.Type.AppUpdated,
                            "revision %d restores revision %d"
                                    .formatted(next.revision(), earlier.number()));
                });
    }

    private static String missing(App app, @Nullable Integer to) {
        if (to == null) {
            return "app '%1$s' has no earlier revision that served: 'autoserve rollout history %1$s' lists its revisions"
                    .formatted(app.name());
        }
        return to > 0 && to < app.revision()
                ? "revision %2$d of app '%1$s' is no longer kept: 'autoserve rollout history %1$s' lists the kept revisions"
                        .formatted(app.name(), to)
                : "app '%1$s' has no revision %2$d: 'autoserve rollout history %1$s' lists its revisions"
                        .formatted(app.name(), to);
    }

    /**
     * @param spec the spec of the earlier revision, with the present defaults for its limits
     */
    private App returned(Transaction transaction, App app, Revision earlier, AppSpec spec) {
        var now = clock.instant();
        var before = Rows.before(transaction, app);
        var replicas = replicas(app, spec.scaling());
        if (!spec.template().equals(earlier.spec().template())
                || earlier.template() == app.template()) {
            return app.revised(spec, replicas, before, now);
        }
        return before != null && before.template() == earlier.template()
                ? app.backTo(before, spec, replicas, now)
                : app.returned(spec, earlier.template(), earlier.image(), replicas, now);
    }

    private Granted change(
            String name, By by, Event.Type type, String reason, UnaryOperator<App> step) {
        return change(name, by, type, reason, step, (_, _) -> {});
    }

    /**
     * @param besides changes other rows of the app
     */
    private Granted change(
            String name,
            By by,
            Event.Type type,
            String reason,
            UnaryOperator<App> step,
            BiConsumer<Transaction, App> besides) {
        return granted(
                by,
                transaction -> {
                    lock(transaction, name);
                    var app = required(transaction, name);
                    besides.accept(transaction, app);
                    return put(transaction, app, step.apply(app), by, type, reason);
                });
    }

    private Granted granted(By by, Function<Transaction, Made> work) {
        var granted = database.committedOnce(by, Made.FORM, work);
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
        transaction.tell("select from apps where name = $1 for update", name); // see Rows.app
    }

    /** Returns the app without locking it. */
    private static Optional<App> seen(Transaction transaction, String name) {
        return transaction.first(Rows.APPS + "where a.name = $1", name).map(row -> Rows.app(row));
    }

    private static Optional<App> find(Transaction transaction, String name) {
        return transaction
                .first(Rows.APPS + "where a.name = $1 for update of a", name)
                .map(row -> Rows.app(row));
    }

    private Made create(Transaction transaction, AppSpec spec, String raw, By by) {
        SecretTable.require(transaction, spec, by.rights().apps());
        limits.require(spec);
        var now = clock.instant();
        var unsaved = registered(0, spec, now);
        capacity.require(transaction, null, unsaved);
        var app = registered(Rows.addApp(transaction, unsaved), spec, now);
        HostTable.claim(transaction, null, app, by.rights());
        quotas.require(transaction, by, null, app);
        Rows.addRevision(transaction, app, raw, by.actor(), false);
        transaction.append(
                0,
                by.actor(),
                app.name(),
                Event.Type.AppRegistered,
                "registered with replicas set to %d".formatted(app.replicas()),
                Rows.change(null, app));
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
                null,
                Intent.RUN,
                spec.scaling().initial(),
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

    private Made revise(
            Transaction transaction, App app, AppSpec spec, String raw, String cause, By by) {
        SecretTable.require(transaction, spec, by.rights().apps());
        limits.require(spec);
        var next = revised(app, spec, Rows.before(transaction, app), clock.instant());
        HostTable.claim(transaction, app, next, by.rights());
        Rows.addRevision(transaction, next, raw, by.actor(), servesAtOnce(transaction, app, next));
        ScalingTable.hold(transaction, app.id(), null);
        return put(
                transaction,
                app,
                next,
                by,
                Event.Type.AppUpdated,
                "revision %d applied".formatted(next.revision()) + after(cause));
    }

    private static String after(String cause) {
        return cause.isEmpty() ? "" : ": " + cause;
    }

    /**
     * Returns whether the next revision counts as served without a rollout: the app runs, the
     * present revision served, and its containers stay.
     */
    private static boolean servesAtOnce(Transaction transaction, App app, App next) {
        return app.rollout() == null
                && app.wanted() > 0
                && next.template() == app.template()
                && Rows.hasServed(transaction, app);
    }

    /** Makes a new revision of the same spec, whose image is resolved again. */
    private Made renew(Transaction transaction, App app, String raw, String cause, By by) {
        SecretTable.require(transaction, app.spec(), by.rights().apps());
        limits.require(app.spec());
        var next = app.renewed(clock.instant());
        Rows.addRevision(transaction, next, raw, by.actor(), false);
        return put(
                transaction,
                app,
                next,
                by,
                Event.Type.AppUpdated,
                "revision %d applied: %s refers to another image now"
                                .formatted(next.revision(), app.spec().image())
                        + (cause.isEmpty() ? "" : ", " + cause));
    }

    /**
     * Returns the desired number of instances under a new spec. In mode auto, the present number
     * stays, but is moved into the new spec's bounds. An app that sleeps wakes, so that the new
     * spec is tried at once. In mode manual, a changed minReplicas sets the number. If minReplicas
     * is the same, the number stays.
     */
    private static int replicas(App app, Scaling scaling) {
        if (scaling.mode() == Scaling.Mode.AUTO) {
            return Math.clamp(app.replicas(), scaling.initial(), scaling.maxReplicas());
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
        quotas.require(transaction, by, before, after);
        Rows.put(transaction, before, after);
        transaction.append(0, by.actor(), after.name(), type, reason, Rows.change(before, after));
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
