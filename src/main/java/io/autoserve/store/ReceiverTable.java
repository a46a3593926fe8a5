package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Hidden;
import io.autoserve.model.PlainText;
import io.autoserve.model.Receiver;
import io.autoserve.model.Refusal;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Topic;
import io.autoserve.secrets.KeyRing;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stores the receivers of notifications. Any controller writes what operators choose, but only the
 * leader writes what was sent.
 */
public final class ReceiverTable {
    private static final int LONGEST_TROUBLE = 500;

    /** Each receiver makes the leader read the events that it has not got yet. */
    private static final int MOST = 50;

    private final Database database;
    private final FencedWrites fencedWrites;
    private final Supplier<KeyRing> keys;
    private final InstantSource clock;

    /**
     * @param keys returns the present key ring, or throws a {@link Refusal} if there is none
     */
    public ReceiverTable(
            Database database,
            FencedWrites fencedWrites,
            Supplier<KeyRing> keys,
            InstantSource clock) {
        this.database = database;
        this.fencedWrites = fencedWrites;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * Where notifications are sent, which only the sender reads.
     *
     * @param url where notifications are posted, or the server that accepts e-mail
     * @param secret the key of the signature, in Base64; null for notifications without one
     * @param to the recipient of e-mail; null for other notifications
     * @param from the sender of e-mail; null for other notifications
     */
    public record Destination(
            String url, @Nullable String secret, @Nullable String to, @Nullable String from) {
        /** Returns a destination that gets requests by HTTP. */
        public static Destination web(String url, @Nullable String secret) {
            return new Destination(url, secret, null, null);
        }

        @Override
        public String toString() {
            return "(hidden)";
        }
    }

    /** Returns all receivers, sorted by name. */
    public List<Receiver> all() {
        return database.snapshot(transaction -> {
            var receivers = new ArrayList<Receiver>();
            transaction
                    .run("select * from receivers order by name")
                    .forEach(row -> receivers.add(receiver(row)));
            return List.copyOf(receivers);
        });
    }

    /** Returns the receiver. Refuses if there is none of this name. */
    public Receiver required(String name) {
        return database.snapshot(transaction ->
                transaction
                        .first("select * from receivers where name = $1", name)
                        .map(ReceiverTable::receiver)
                        .orElseThrow(() -> Refusal.noReceiver(name)));
    }

    /** Returns where the receiver's notifications are sent. Refuses if it cannot be unsealed. */
    public Destination destination(Receiver receiver) {
        var row =
                database.snapshot(transaction ->
                        transaction
                                .first("select * from receivers where name = $1", receiver.name())
                                .orElseThrow(() -> Refusal.noReceiver(receiver.name())));
        var opened = keys.get().open(SealedColumn.of(row), purpose(row));
        return Json.read(opened.reveal(), Destination.class);
    }

    /**
     * Adds a receiver, or replaces the one of this name. It is notified of events from now on.
     *
     * @param host the host of the destination, for people
     */
    public Receiver set(
            String name,
            Receiver.Form kind,
            String host,
            Destination destination,
            List<Topic> topics,
            Scope apps,
            By by) {
        var sealed = keys.get().seal(new Hidden(Json.write(destination)), purpose(name));
        return database.once(
                by,
                Receiver.class,
                transaction -> {
                    requireRoom(transaction, name);
                    var row =
                            transaction
                                    .run(
                                            """
                                            insert into receivers
                                                (name, kind, host, topics, apps, key_id, sealed, actor, changed_at, seq)
                                            values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                                                (select coalesce(max(e.seq), 0) from events e))
                                            on conflict (name) do update set kind = excluded.kind, host = excluded.host,
                                                topics = excluded.topics, apps = excluded.apps, key_id = excluded.key_id,
                                                sealed = excluded.sealed, actor = excluded.actor,
                                                changed_at = excluded.changed_at, seq = excluded.seq,
                                                failures = 0, failing_since = null, due_at = null, trouble = null
                                            returning *
                                            """,
                                            name,
                                            kind.name(),
                                            host,
                                            topics.stream().map(Enum::name).toArray(String[]::new),
                                            apps.patterns().toArray(String[]::new),
                                            sealed.keyId(),
                                            sealed.text(),
                                            by.actor(),
                                            Rows.time(clock.instant()))
                                    .iterator()
                                    .next();
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.ReceiverSet,
                            "receiver '%s' at %s is notified of %s"
                                    .formatted(
                                            name,
                                            host,
                                            String.join(
                                                    ", ",
                                                    topics.stream().map(Topic::word).toList())));
                    return receiver(row);
                });
    }

    private static void requireRoom(Transaction transaction, String name) {
        var others =
                transaction
                        .run("select count(*) from receivers where name <> $1", name)
                        .iterator()
                        .next()
                        .getLong(0);
        if (others >= MOST) {
            throw Refusal.conflict(
                    "there are %d receivers already: remove one of them first".formatted(others));
        }
    }

    public Receiver remove(String name, By by) {
        return database.once(
                by,
                Receiver.class,
                transaction -> {
                    var gone =
                            transaction
                                    .first(
                                            "delete from receivers where name = $1 returning *",
                                            name)
                                    .map(ReceiverTable::receiver)
                                    .orElseThrow(() -> Refusal.noReceiver(name));
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.ReceiverRemoved,
                            "receiver '%s' was removed".formatted(name));
                    return gone;
                });
    }

    /**
     * Records that the receiver got all events up to {@code seq} that it wants. This and the
     * following methods do nothing if an operator has replaced the receiver in the meantime.
     *
     * @param dueAt when the next notification may be sent
     */
    public void sent(Term term, Receiver seen, long seq, @Nullable Instant dueAt) {
        fencedWrites.fenced(
                term,
                transaction ->
                        transaction
                                .run(
                                        """
                                        update receivers set seq = $4, due_at = $5, failures = 0, failing_since = null,
                                            trouble = null
                                        where name = $1 and changed_at = $2 and seq = $3
                                        """,
                                        seen.name(),
                                        Rows.time(seen.changedAt()),
                                        seen.seq(),
                                        seq,
                                        Rows.time(dueAt))
                                .rowCount());
    }

    /** Records a failed attempt. */
    public void failed(Term term, Receiver seen, String trouble, Instant since, Instant dueAt) {
        fencedWrites.fenced(
                term,
                transaction ->
                        transaction
                                .run(
                                        """
                                        update receivers set failures = failures + 1, failing_since = $4, due_at = $5,
                                            trouble = $6
                                        where name = $1 and changed_at = $2 and seq = $3
                                        """,
                                        seen.name(),
                                        Rows.time(seen.changedAt()),
                                        seen.seq(),
                                        Rows.time(since),
                                        Rows.time(dueAt),
                                        plain(trouble))
                                .rowCount());
    }

    /**
     * Gives up on the events up to {@code seq}, and records this in an event. The receiver counts
     * as failing until it accepts a notification.
     */
    public void dropped(Term term, Receiver seen, long seq, String trouble, Instant dueAt) {
        fencedWrites.fenced(
                term,
                transaction -> {
                    var rows =
                            transaction.run(
                                    """
                                    update receivers set seq = $4, due_at = $5, failures = failures + 1, trouble = $6
                                    where name = $1 and changed_at = $2 and seq = $3
                                    """,
                                    seen.name(),
                                    Rows.time(seen.changedAt()),
                                    seen.seq(),
                                    seq,
                                    Rows.time(dueAt),
                                    plain(trouble));
                    if (rows.rowCount() > 0) {
                        fencedWrites.append(
                                transaction,
                                term,
                                null,
                                Event.Type.NotificationDropped,
                                "receiver '%s' was not notified of its events from %d to %d: %s"
                                        .formatted(
                                                seen.name(), seen.seq() + 1, seq, plain(trouble)));
                    }
                    return rows.rowCount();
                });
    }

    private static String plain(String trouble) {
        return PlainText.cut(PlainText.of(trouble), LONGEST_TROUBLE);
    }

    /** Leaves out topics that only a newer version knows. */
    private static Receiver receiver(Row row) {
        return new Receiver(
                row.getString("name"),
                Rows.word(Receiver.Form.class, row, "kind"),
                row.getString("host"),
                topics(row),
                new Scope(List.of(row.getArrayOfStrings("apps"))),
                row.getString("actor"),
                row.getOffsetDateTime("changed_at").toInstant(),
                row.getLong("seq"),
                row.getInteger("failures"),
                Rows.instant(row, "failing_since"),
                Rows.instant(row, "due_at"),
                row.getString("trouble"));
    }

    private static List<Topic> topics(Row row) {
        var words = List.of(row.getArrayOfStrings("topics"));
        return Stream.of(Topic.values()).filter(topic -> words.contains(topic.name())).toList();
    }

    static String purpose(Row row) {
        return purpose(row.getString("name"));
    }

    private static String purpose(String name) {
        return "the destination of receiver '%s'".formatted(name);
    }
}
