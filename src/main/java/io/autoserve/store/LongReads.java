package io.autoserve.store;

import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.store.Truth.EventQuery;
import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what may take long from a replica, and from the primary where there is none, or where it is
 * behind what this controller has told already: nobody sees less than they have seen.
 */
public final class LongReads {
    private static final Logger LOG = LoggerFactory.getLogger(LongReads.class);

    /** A replica that does not answer would keep every reader waiting. */
    private static final Duration AVOIDED = Duration.ofSeconds(5);

    /** Of another history it would not know the newest term, whatever its events are numbered. */
    private static final String CAUGHT_UP =
            """
            select (select coalesce(max(seq), 0) from events) >= $1
                and exists (select from leader where epoch > $2 or epoch = $2 and id = $3)
            """;

    private final Database primary;
    private final @Nullable Database replica;
    private final Supplier<Seen> seen;
    private final LongSupplier nanoTime;
    private volatile long avoidedUntil;

    /**
     * @param replica null: there is none
     * @param seen asked before each read
     */
    public LongReads(
            Database primary,
            @Nullable Database replica,
            Supplier<Seen> seen,
            LongSupplier nanoTime) {
        this.primary = primary;
        this.replica = replica;
        this.seen = seen;
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
        return read(transaction -> Truth.events(transaction, query));
    }

    /** Only for reads: a replica refuses anything else. */
    <T> T read(Function<Transaction, T> work) {
        return fromReplica(work).orElseGet(() -> primary.snapshot(work));
    }

    private <T> Optional<T> fromReplica(Function<Transaction, T> work) {
        var other = replica;
        if (other == null || nanoTime.getAsLong() - avoidedUntil < 0) {
            return Optional.empty();
        }
        var atLeast = seen.get();
        try {
            return other.snapshot(transaction ->
                    caughtUp(transaction, atLeast)
                            ? Optional.of(work.apply(transaction))
                            : Optional.empty());
        } catch (DatabaseAway | PgException failure) {
            LOG.info("the primary reads for the replica for a while: {}", failure.toString());
            avoidedUntil = nanoTime.getAsLong() + AVOIDED.toNanos();
            return Optional.empty();
        }
    }

    private static boolean caughtUp(Transaction transaction, Seen atLeast) {
        return transaction
                .run(CAUGHT_UP, atLeast.seq(), atLeast.term().epoch(), atLeast.term().id())
                .iterator()
                .next()
                .getBoolean(0);
    }
}
