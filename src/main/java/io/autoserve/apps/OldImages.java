package io.autoserve.apps;

import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.plan.Leftovers;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.ImageTable;
import java.util.function.Function;

/** Removes the images that {@link Leftovers} finds, unless a container still uses them. */
public final class OldImages {
    private final ImageTable images;
    private final FencedWrites fencedWrites;
    private final Function<Term, ContainerRuntime> hands;

    /**
     * @param hands see {@link AppManager}
     */
    public OldImages(
            ImageTable images, FencedWrites fencedWrites, Function<Term, ContainerRuntime> hands) {
        this.images = images;
        this.fencedWrites = fencedWrites;
        this.hands = hands;
    }

    /**
     * Removes the images and blocks until done. Images that cannot be removed now are left for the
     * next time.
     */
    public void remove(Term term) {
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
}
