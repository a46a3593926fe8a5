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
 * Reads from the standby what may take long. It reads from the primary if there is no standby, or
 * if the standby lacks something that this controller has already shown. A client therefore never
 * sees less than before.
 *
 * <p>This is neither for reads that a leader decides by nor for short ones. An app has only some
 * ten revisions, for example, and clients read them right after an apply, perhaps from a controller
 * that has not heard of it yet.
 */
public final class LongReads {
    private static final Logger LOG = LoggerFactory.getLogger(LongReads.class);

    /**
     * A frozen standby keeps its readers waiting for ten seconds each time, so it is avoided for
     * this long.
     */
    private static final Duration AVOIDED = Duration.ofSeconds(30);

    /**
     * Samples have no events, which would show that the newest ones are missing. A standby must
     * therefore have samples of this age.
     */
    private static final Duration SAMPLED = LoadTable.FINE.multipliedBy(2);

    /**
     * Checks that the standby has the last event and the newest term. A standby with another
     * history does not know that term, whatever the numbers of its events.
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
     * @param seen called before each read
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
     * The newest state that this controller shows.
     *
     * @param seq of the last event
     * @param term of the last leader
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
     * Returns the fine steps of all apps that ended after {@code from} and up to {@code to}, oldest
     * first.
     */
    public List<Sample> samples(Instant from, Instant to) {
        return told(read(sampled(), transaction -> LoadTable.fine(transaction, from, to)));
    }

    /**
     * Returns what the autoscaler decided about an app.
     *
     * @param limit highest number of changes to return
     */
    public ScalingTable.Told scaling(long app, int limit) {
        return read(sampled(), transaction -> ScalingTable.told(transaction, app, limit));
    }

    /**
     * Returns the time from which the standby must have samples, so that samples that were already
     * shown are not missing the next time.
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
     * @param work only reads, because a standby refuses anything else
     * @param sampled the standby must have a sample that ended at this time or later; null if the
     *     work needs no samples
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
                    "long reads use the primary instead of the replica for a while: {}",
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
