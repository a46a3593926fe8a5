package io.autoserve.store;

import io.autoserve.model.Refusal;
import io.autoserve.store.Truth.Stranger;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Separates the apps that this version does not understand, with everything that belongs to them.
 * During an upgrade, newer controllers write data that older ones must tolerate.
 */
final class Understanding {
    private final SortedMap<Long, Stranger> strangers = new TreeMap<>();

    /** Reads a part of the app, or returns empty if a newer version wrote it. */
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
