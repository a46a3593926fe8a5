package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Transition;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.LogLine;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Commits the leader's writes. Each write locks the leader's row and requires that the row has the
 * epoch and id of the write's term. It commits only while that term lasts, and throws {@link
 * Deposed} otherwise. A write about an instance that has changed in the meantime does nothing, and
 * its result shows that.
 */
public final class FencedWrites {
    /**
     * Selects one row while the term with epoch {@code $1} and id {@code $2} lasts, and none
     * otherwise. The row stays locked until the transaction ends. Without the lock, a new term
     * could begin between the check and the commit. The id is compared as well, because epochs
     * repeat when an asynchronous failover of the database loses the latest epochs.
     */
    public static final String FENCE = "select from leader where epoch = $1 and id = $2 for share";

    private static final String TERM = "select from leader where epoch = $1 and id = $2";
    private static final int ROWS_AT_ONCE = 5_000;

    private final Database database;
    private final String actor;
    private final InstantSource clock;
    private final Capacity capacity;
    private final InstanceLimits limits;

    /**
     * @param maxInstances highest permitted sum of {@link App#reach} over all apps
     * @param limits limits of an instance, which an automatic rollback must not exceed. A revision
     *     without a limit passes
     */
    public FencedWrites(
            Database database,
            String actor,
            InstantSource clock,
            int maxInstances,
            InstanceLimits limits) {
        this.database = database;
        this.actor = actor;
        this.clock = clock;
        this.limits = limits;
        capacity = new Capacity(maxInstances);
    }

    /**
     * Gives an empty slot its next occupant, which may then be started. Returns empty if the slot
     * is occupied.
     */
    public Optional<Instance> occupy(Term term, App app, int index, String reason) {
        return fenced(
                term,
                transaction -> {
                    var before = slot(transaction, app.id(), index);
                    if (before != null && !before.allows(Transition.OCCUPY)) {
                        return Optional.empty();
                    }
                    var instance =
                            Instance.starting(
                                    nextId(transaction, term),
                                    app,
                                    index,
                                    before,
                                    reason,
                                    clock.instant());
                    return Optional.of(
                            put(transaction, term, instance, Event.Type.InstanceStarting));
                });
    }

    /**
     * Returns an id that no instance has had, and no task as the number of its address. The lower
     * 30 bits are a counter. After a failover of the database or a restore of a backup, the counter
     * can repeat numbers that running containers already have. Therefore the upper 16 bits are
     * taken from the term's random id.
     */
    static long nextId(Transaction transaction, Term term) {
        var number = transaction.run("select nextval('instance_ids')").iterator().next().getLong(0);
        return ((term.id().getLeastSignificantBits() & 0xffff) << 30) | (number & 0x3fff_ffff);
    }

    /**
     * Changes an instance by {@code change}, which returns empty if the instance no longer allows
     * the change.
     */
    public Optional<Instance> move(
            Term term, long id, Event.Type type, Function<Instance, Optional<Instance>> change) {
        return fenced(
                term,
                transaction -> {
                    var before = occupant(transaction, id);
                    return Optional.ofNullable(before)
                            .flatMap(change)
                            .map(after -> put(transaction, term, after, type));
                });
    }

    /**
     * Writes nothing, but returns only once the standby has everything that was committed before
     * the call.
     */
    public void confirm(Term term) {
        fenced(term, _ -> true);
    }

    /** Deletes the slot of an instance whose container is gone. */
    public boolean vacate(Term term, Instance instance, String reason) {
        return fenced(
                term,
                transaction -> {
                    var rows =
                            transaction.run("delete from instances where id = $1", instance.id());
                    if (rows.rowCount() == 0) {
                        return false;
                    }
                    transaction.append(
                            term.epoch(),
                            actor,
                            instance.app(),
                            Event.Type.InstanceRemoved,
                            "%s: %s".formatted(instance.name(), reason),
                            new Change.DropInstance(instance.appId(), instance.index()));
                    return true;
                });
    }

    /** Deletes the app with its revisions, ended tasks and hooks. Its events remain. */
    public boolean delete(Term term, App app) {
        return fenced(
                term,
                transaction -> {
                    transaction.tell(
                            """
                            delete from tasks t using apps a
                            where t.app_id = $1 and a.id = $1 and a.intent = 'DELETE' and not (%s)
                            """
                                    .formatted(TaskTable.UNFINISHED),
                            app.id());
                    var rows =
                            transaction.run(
                                    """
                                    delete from apps where id = $1 and intent = 'DELETE'
                                    and not exists (select from instances where app_id = $1)
                                    and not exists (select from tasks where app_id = $1)
                                    """,
                                    app.id());
                    if (rows.rowCount() == 0) {
                        return false;
                    }
                    TokenTable.revokeHooks(
                            transaction, term.epoch(), app.name(), actor, clock.instant());
                    transaction.append(
                            term.epoch(),
                            actor,
                            app.name(),
                            Event.Type.AppDeleted,
                            "its last instance was removed",
                            new Change.DropApp(app.id()));
                    return true;
                });
    }

    /**
     * Changes the rollout of an app by {@code change}. The arguments of {@code change} are the
     * present app and the app as it was before the rollout. The function returns empty if the app
     * no longer allows the change. If the function creates a revision, the new revision gets the
     * spec text of the revision {@code rollout.from}. The app holds the hosts of that revision
     * until its rollout ends, so a rollback takes no host of another app.
     *
     * @throws Refusal if the new revision has a limit that is higher than the maximum of this
     *     installation now
     */
    public Optional<App> roll(
            Term term,
            long id,
            Event.Type type,
            String reason,
            BiFunction<App, App, Optional<App>> change) {
        return fenced(
                term,
                transaction -> {
                    var app = Rows.app(transaction, id);
                    var before = app == null ? null : Rows.before(transaction, app);
                    if (app == null || before == null) {
                        return Optional.empty();
                    }
                    return change.apply(app, before)
                            .map(after -> put(transaction, term, app, after, type, reason));
                });
    }

    /**
     * Records the image from which the containers of the app's template are created, unless an
     * image is recorded already. An app with credentials for a registry must prove that they give
     * access. If the registry refuses the image without credentials, it is private from then on.
     * Every other app that uses a private image must prove its access too, although the engine has
     * the image already.
     *
     * @param access what the registry confirmed to this app just now
     * @return the name of the recorded image; empty if nothing was recorded because the access is
     *     not proven
     */
    public Optional<String> resolve(Term term, App app, Image image, ImageAccess access) {
        return fenced(
                term,
                transaction -> {
                    var present = Rows.app(transaction, app.id());
                    var recorded = ImageTable.image(transaction, app);
                    if (present == null || recorded.isPresent()) {
                        return recorded;
                    }
                    if (!ImageTable.permits(transaction, app.spec(), image, access)) {
                        return Optional.empty();
                    }
                    ImageTable.record(transaction, app, image);
                    transaction.append(
                            term.epoch(),
                            actor,
                            app.name(),
                            Event.Type.ImageResolved,
                            "revision %d runs image %s as %s"
                                    .formatted(app.revision(), app.spec().image(), image.name()),
                            present.template() == app.template()
                                    ? Rows.change(present, present.running(image.name()))
                                    : new Change.Nothing());
                    return Optional.of(image.name());
                });
    }

    private App put(
            Transaction transaction,
            Term term,
            App before,
            App after,
            Event.Type type,
            String reason) {
        if (after.revision() != before.revision()) {
            // An earlier revision without a limit passes, because its instances may still run.
            limits.require(limits.filled(after.spec()));
            capacity.require(transaction, before, after);
            var from = Objects.requireNonNull(Rows.earlier(transaction, before, null));
            Rows.addRevision(transaction, after, from.raw(), actor, false);
        }
        Rows.put(transaction, before, after);
        transaction.append(
                term.epoch(), actor, after.name(), type, reason, Rows.change(before, after));
        return after;
    }

    /**
     * Keeps what a failed instance wrote, even if that is nothing, in place of what the one that
     * failed before in the same slot wrote.
     */
    public void keepLog(Term term, Instance instance, List<LogLine> output) {
        fenced(
                term,
                transaction -> {
                    InstanceLogTable.put(transaction, instance, output, clock.instant());
                    return true;
                });
    }

    /** Records an event that changed no row. */
    public void note(Term term, @Nullable String app, Event.Type type, String reason) {
        fenced(
                term,
                transaction -> {
                    append(transaction, term, app, type, reason);
                    return true;
                });
    }

    /**
     * Returns whether the last write is only on the primary, although there should be a standby.
     */
    public boolean lacksStandby() {
        return database.lacksStandby();
    }

    /**
     * Appends an event. This must be the last statement of the transaction, see {@link
     * Transaction#append}.
     */
    void append(
            Transaction transaction,
            Term term,
            @Nullable String app,
            Event.Type type,
            String reason) {
        transaction.append(term.epoch(), actor, app, type, reason, new Change.Nothing());
    }

    /**
     * Deletes old events, revisions, tasks and logs, and drops the partitions of old samples. The
     * SQL functions decide how old they must be.
     */
    public void forgetThePast(Term term) {
        while (forgotten(term) > 0) {
            // A few thousand rows at a time, so that no statement takes long.
        }
        unlocked(term, transaction -> transaction.run("select forget_old_revisions()"));
        unlocked(term, transaction -> transaction.run("select forget_old_tasks()"));
        unlocked(term, transaction -> transaction.run("select forget_old_instance_logs()"));
    }

    private long forgotten(Term term) {
        return unlocked(
                term,
                transaction ->
                        transaction
                                .run("select forget_the_past($1)", ROWS_AT_ONCE)
                                .iterator()
                                .next()
                                .getLong(0));
    }

    /**
     * The sizes of all kept events, of all kept revisions and of all permitted acts in the audit,
     * in bytes.
     */
    public record HistorySize(long events, long revisions, long audit) {
        public static final HistorySize UNKNOWN = new HistorySize(0, 0, 0);
    }

    /**
     * Deletes the oldest events if the events exceed the limit, and the same for revisions and for
     * permitted acts in the audit.
     *
     * @param limit maximum size of each of the three, in bytes
     */
    public HistorySize forgetBySize(Term term, long limit) {
        while (forgottenBySize(term, limit) > 0) {
            // A few thousand rows at a time, so that no statement takes long.
        }
        return unlocked(
                term,
                transaction -> {
                    var sizes =
                            transaction
                                    .run("select events, revisions, audit from history")
                                    .iterator()
                                    .next();
                    return new HistorySize(
                            sizes.getLong("events"),
                            sizes.getLong("revisions"),
                            sizes.getLong("audit"));
                });
    }

    private long forgottenBySize(Term term, long limit) {
        return unlocked(
                term,
                transaction ->
                        transaction
                                .run("select forget_by_size($1, $2)", ROWS_AT_ONCE, limit)
                                .iterator()
                                .next()
                                .getLong(0));
    }

    /** Deletes idempotency keys that are too old for any request to use them. */
    public void forgetIdempotentRequests(Term term) {
        unlocked(term, transaction -> transaction.run("select forget_idempotent_requests()"));
    }

    <T> T fenced(Term term, Function<Transaction, T> work) {
        return during(FENCE, term, work);
    }

    /**
     * Runs work that does no harm if it commits shortly after its term has ended, such as deleting
     * old rows. It does not lock the leader's row, so that a slow statement does not hold up the
     * next term.
     *
     * @throws Deposed if the term is over when the work begins
     */
    <T> T unlocked(Term term, Function<Transaction, T> work) {
        return during(TERM, term, work);
    }

    private <T> T during(String check, Term term, Function<Transaction, T> work) {
        return database.transaction(transaction -> {
            var leads = transaction.run(check, term.epoch(), term.id());
            if (leads.size() == 0) {
                throw new Deposed(term);
            }
            return work.apply(transaction);
        });
    }

    private Instance put(Transaction transaction, Term term, Instance instance, Event.Type type) {
        Rows.put(transaction, instance);
        if (instance.routable()) {
            Rows.served(transaction, instance);
        }
        transaction.append(
                term.epoch(),
                actor,
                instance.app(),
                type,
                "%s: %s".formatted(instance.name(), instance.reason()),
                new Change.PutInstance(instance));
        return instance;
    }

    private static @Nullable Instance slot(Transaction transaction, long app, int index) {
        return one(transaction, "where i.app_id = $1 and i.index = $2 for update of i", app, index);
    }

    private static @Nullable Instance occupant(Transaction transaction, long id) {
        return one(transaction, "where i.id = $1 for update of i", id);
    }

    private static @Nullable Instance one(
            Transaction transaction, String condition, Object... values) {
        return transaction
                .first(Rows.INSTANCES + condition, values)
                .map(Rows::instance)
                .orElse(null);
    }
}
