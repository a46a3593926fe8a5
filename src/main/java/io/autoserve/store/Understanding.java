package io.autoserve.store;

import io.autoserve.model.Refusal;
import io.autoserve.store.Truth.Stranger;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Sets apart the apps that this version does not understand, with all that belongs to them. While
 * controllers are upgraded, newer ones write what older ones must live with.
 */
final class Understanding {
    private final SortedMap<Long, Stranger> strangers = new TreeMap<>();

    /** Empty where what is read of the app is of a newer version. */
    <T> Optional<T> of(long app, String name, Supplier<T> read) {
        try {
            return Optional.of(read.get());
        } catch (Refusal newer) {
            strangers.putIfAbsent(app, new Stranger(name, String.valueOf(newer.getMessage())));
            return Optional.empty();
        }
    }

    boolean covers(long app) {
        return !strangers.containsKey(app);
    }

    List<Stranger> strangers() {
        return List.copyOf(strangers.values());
    }
}
