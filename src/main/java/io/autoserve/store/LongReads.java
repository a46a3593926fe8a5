package io.autoserve.store;

import io.autoserve.model.Event;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.store.Truth.EventQuery;
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
 * Reads what may take long from a replica, and from the primary where there is none, or where it is
 * behind what this controller has told already: nobody sees less than they have seen.
 *
 * <p>Not for what a leader decides by, and not for what is short: the revisions of an app are ten,
 * and asked for right after one was applied, also of a controller that has not heard of it yet.
 */
public final class LongReads {
    private static final Logger LOG = LoggerFactory.getLogger(LongReads.class);

    /** A frozen replica keeps its readers waiting for ten seconds each time. */
    private static final Duration AVOIDED = Duration.ofSeconds(30);

    /** Samples have no events, which would tell that the newest are missing. */
    private static final Duration SAMPLED = LoadTable.FINE.multipliedBy(2);

    /** Of another history it would not know the newest term, whatever its events are numbered. */
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
     * @param replica null: there is none
     * @param seen asked before each read
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
     * The newest that this controller tells.
     *
     * @param seq of the last event
     * @param term of the last leader
     */
    public record Seen(long seq, Term term) {}

    public List<Event> events(EventQuery query) {
        return read(null, transaction -> Truth.events(transaction, query));
    }

    /** Of one app, oldest first, that ended after {@code since}. */
    public List<Sample> samples(long app, Duration span, Instant since) {
        return told(
                read(sampled(), transaction -> LoadTable.samples(transaction, app, span, since)));
    }

    /**
     * Of all apps, oldest first: the fine steps that ended after {@code from} and up to {@code to}.
     */
    public List<Sample> samples(Instant from, Instant to) {
        return told(read(sampled(), transaction -> LoadTable.fine(transaction, from, to)));
    }

    /**
     * What the autoscaler decided about an app.
     *
     * @param limit of the changes
     */
    public ScalingTable.Told scaling(long app, int limit) {
        return read(sampled(), transaction -> ScalingTable.told(transaction, app, limit));
    }

    /** Whatever was told already is not missing the next time. */
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
     * @param work only reads: a replica refuses anything else
     * @param sampled when the newest sample ended, at least; null: the work is not about samples
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
            LOG.info("the primary reads for the replica for a while: {}", failure.toString());
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
