package io.autoserve.apps;

import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.plan.Leftovers;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.ImageTable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what is no longer kept: old events and samples, the answers of old requests, and the
 * images that {@link Leftovers} finds. Its methods block. What could not be deleted is left for the
 * next run.
 */
public final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final ImageTable images;
    private final FencedWrites fencedWrites;
    private final Function<Term, ContainerRuntime> hands;

    /**
     * @param hands returns the runtime for a term. That runtime changes nothing once the term is
     *     over
     */
    public Retention(
            ImageTable images, FencedWrites fencedWrites, Function<Term, ContainerRuntime> hands) {
        this.images = images;
        this.fencedWrites = fencedWrites;
        this.hands = hands;
    }

    void onceAMinute(Term term) {
        attempt(
                "delete the answers of old requests",
                () -> fencedWrites.forgetIdempotentRequests(term));
    }

    void onceAnHour(Term term) {
        attempt("delete old events and samples", () -> fencedWrites.forgetThePast(term));
        attempt("remove old images", () -> removeImages(term));
    }

    /** Removes the images. Images that a container still uses are left for the next time. */
    private void removeImages(Term term) {
        var runtime = hands.apply(term);
        for (var image : Leftovers.of(images.fetched(), images.named())) {
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
        } catch (RuntimeException failure) {
            LOG.warn("could not {}: {}", what, failure.toString());
        }
    }
}
