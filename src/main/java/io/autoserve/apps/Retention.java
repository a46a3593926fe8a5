package io.autoserve.apps;

import io.autoserve.cluster.Leadership;
import io.autoserve.cluster.TermLoop;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.plan.Leftovers;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.DatabaseAway;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.FencedWrites.HistorySize;
import io.autoserve.store.ImageTable;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * While this controller leads, deletes what is no longer kept: old events and samples, the stored
 * answers to requests with an idempotency key, and the images that {@link Leftovers} finds. What
 * could not be deleted is left for the next time.
 */
public final class Retention implements Leadership {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final int PASSES_AN_HOUR = 60;

    private final ImageTable images;
    private final FencedWrites fencedWrites;
    private final Function<Term, ContainerRuntime> hands;
    private final long historyLimit;
    private final Time time;
    private volatile HistorySize historySize = HistorySize.UNKNOWN;
    private @Nullable TermLoop loop;

    /**
     * @param hands returns the runtime for a term. That runtime changes nothing once the term is
     *     over
     * @param historyLimit maximum size of all events, of all revisions, and of all permitted acts
     *     in the audit, in bytes
     */
    public Retention(
            ImageTable images,
            FencedWrites fencedWrites,
            Function<Term, ContainerRuntime> hands,
            long historyLimit,
            Time time) {
        this.images = images;
        this.fencedWrites = fencedWrites;
        this.hands = hands;
        this.historyLimit = historyLimit;
        this.time = time;
    }

    @Override
    public void elected(Term term) {
        loop = new TermLoop("retention", term, new Passes(term), time);
        loop.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        if (loop != null) {
            loop.end();
        }
        historySize = HistorySize.UNKNOWN;
    }

    /**
     * Returns the sizes that the last pass measured, or zeros while another controller leads. May
     * be called from any thread.
     */
    public HistorySize historySize() {
        return historySize;
    }

    /**
     * The first pass of a term deletes nothing, because a new leader has more urgent work. The
     * second pass also makes the hourly deletions, because a term can be shorter than an hour.
     */
    private final class Passes implements TermLoop.Work {
        private final Term term;
        private int passes;

        Passes(Term term) {
            this.term = term;
        }

        @Override
        public Duration pass() {
            if (passes > 0) {
                onceAMinute(term);
            }
            if (passes % PASSES_AN_HOUR == 1) {
                onceAnHour(term);
            }
            passes++;
            return PERIOD;
        }
    }

    void onceAMinute(Term term) {
        attempt(
                "delete the answers of old requests",
                () -> fencedWrites.forgetIdempotentRequests(term));
        attempt(
                "limit the size of events, revisions and the audit",
                () -> historySize = fencedWrites.forgetBySize(term, historyLimit));
    }

    void onceAnHour(Term term) {
        attempt("delete old events and samples", () -> fencedWrites.forgetThePast(term));
        attempt("remove old images", () -> removeImages(term));
    }

    /** Removes the images. Images that a container still uses are left for the next time. */
    private void removeImages(Term term) {
        var runtime = hands.apply(term);
        for (var image : Leftovers.of(images.fetched(), images.named(), images.recorded())) {
            if (runtime.forget(image)) {
                images.forgotten(image);
                fencedWrites.note(
                        term,
                        null,
                        Event.Type.ImageRemoved,
                        "%s: no kept revision uses it".formatted(image.name()));
            }
        }
    }

    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        } catch (Deposed over) {
            throw over;
        } catch (DatabaseAway | EngineException away) {
            LOG.warn("could not {}: {}", what, away.getMessage());
        } catch (RuntimeException bug) {
            LOG.error("could not {}", what, bug);
        }
    }
}
