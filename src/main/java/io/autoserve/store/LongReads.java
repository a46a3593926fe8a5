package io.autoserve.store;

import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs reads that may take long, on the standby. It uses the primary if there is no standby, or if
 * the standby lacks data that this controller has already shown. A client therefore never sees less
 * than before.
 *
 * <p>Two kinds of reads must not use this class:
 *
 * <ul>
 *   <li>Reads on which a leader bases a decision.
 *   <li>Short reads, such as the revisions of an app. An app has only about ten of them, and
 *       clients read them right after an apply, perhaps from a controller that has not seen the
 *       apply yet.
 * </ul>
 */
public final class LongReads {
    private static final Logger LOG = LoggerFactory.getLogger(LongReads.class);

    /**
     * How long the standby is avoided after a read from it failed, because a frozen standby keeps
     * each reader waiting for ten seconds.
     */
    private static final Duration AVOIDED = Duration.ofSeconds(30);

    /**
     * Maximum age of the newest sample on the standby. Samples have no events, so the last event
     * does not show whether the newest samples are missing. Therefore their age is checked.
     */
    private static final Duration SAMPLED = LoadTable.FINE.multipliedBy(2);

    /**
     * Checks that the standby has the last event and the newest term. The term is checked because a
     * standby with another history may have an event of the same number, but it does not have that
     * term.
     */
    private static final String CAUGHT_UP =
            """
            select (select coalesce(max(seq), 0) from events) >= $1
                and exists (select from leader where epoch > $2 or epoch = $2 and id = $3)
                and ($4::timestamptz is null or exists (select from samples where at >= $4))
            """;

    private final Database primary;
    private final @Nullable Database replica;
    private final Supplier<Seen> seen;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final AtomicReference<Instant> newestSample = new AtomicReference<>(Instant.EPOCH);
    private volatile long avoidedUntil;

    /**
     * @param replica the standby; null if there is none
     * @param seen returns the newest state that this controller has shown to a client. Called
     *     before each read, so that a read from the standby shows nothing older
     */
    public LongReads(
            Database primary,
            @Nullable Database replica,
            Supplier<Seen> seen,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.primary = primary;
        this.replica = replica;
        this.seen = seen;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.avoidedUntil = nanoTime.getAsLong();
    }

    /**
     * The newest state that this controller has shown.
     *
     * @param seq sequence number of the last event
     * @param term term of the last leader
     */
    public record Seen(long seq, Term term) {}

    public List<Event> events(EventQuery query) {
        return read(null, transaction -> StateReader.events(transaction, query));
    }

    /** Returns samples of one app that ended after {@code since}, oldest first. */
    public List<Sample> samples(long app, Duration span, Instant since) {
        return told(
                read(sampled(), transaction -> LoadTable.samples(transaction, app, span, since)));
    }

    /**
     * Returns the fine samples of all apps, oldest first. Each sample ended after {@code from} and
     * not after {@code to}.
     */
    public List<Sample> samples(Instant from, Instant to) {
        return told(read(sampled(), transaction -> LoadTable.fine(transaction, from, to)));
    }

    /**
     * Returns what the autoscaler decided about an app.
     *
     * @param limit maximum number of changes to return
     */
    public ScalingTable.Told scaling(long app, int limit) {
        return read(sampled(), transaction -> ScalingTable.told(transaction, app, limit));
    }

    /**
     * Returns the earliest permitted end of the standby's newest sample. If the standby has such a
     * sample, then its answer lacks no sample that was already shown.
     */
    private Instant sampled() {
        return later(newestSample.get(), clock.instant().minus(SAMPLED));
    }

    private List<Sample> told(List<Sample> oldestFirst) {
        if (!oldestFirst.isEmpty()) {
            newestSample.accumulateAndGet(oldestFirst.getLast().at(), LongReads::later);
        }
        return oldestFirst;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /**
     * @param work the queries to run; it must not write, because a standby refuses writes
     * @param sampled earliest permitted end of the standby's newest sample; null if the work needs
     *     no samples
     */
    private <T> T read(@Nullable Instant sampled, Function<Transaction, T> work) {
        return fromReplica(sampled, work).orElseGet(() -> primary.snapshot(work));
    }

    private <T> Optional<T> fromReplica(@Nullable Instant sampled, Function<Transaction, T> work) {
        var other = replica;
        if (other == null || nanoTime.getAsLong() - avoidedUntil < 0) {
            return Optional.empty();
        }
        var atLeast = seen.get();
        try {
            return other.snapshot(transaction ->
                    caughtUp(transaction, atLeast, sampled)
                            ? Optional.of(work.apply(transaction))
                            : Optional.empty());
        } catch (DatabaseAway | PgException failure) {
            LOG.info(
                    "long reads use the primary instead of the standby for a while: {}",
                    failure.toString());
            avoidedUntil = nanoTime.getAsLong() + AVOIDED.toNanos();
            return Optional.empty();
        }
    }

    private static boolean caughtUp(
            Transaction transaction, Seen atLeast, @Nullable Instant sampled) {
        return transaction
                .run(
                        CAUGHT_UP,
                        atLeast.seq(),
                        atLeast.term().epoch(),
                        atLeast.term().id(),
                        Rows.time(sampled))
                .iterator()
                .next()
                .getBoolean(0);
    }
}
