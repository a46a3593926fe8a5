package io.autoserve.store;

import io.autoserve.model.Refusal;
import io.autoserve.store.StateReader.UnreadableApp;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Sets aside the apps that this version does not understand, and everything that belongs to them.
 * During an upgrade, newer controllers write data that older ones must tolerate.
 */
final class Understanding {
    private final SortedMap<Long, UnreadableApp> unreadableApps = new TreeMap<>();

    /**
     * Reads a part of the app. Returns empty if a newer version wrote it in a form that this
     * version does not know.
     */
    <T> Optional<T> of(long app, String name, Supplier<T> read) {
        try {
            return Optional.of(read.get());
        } catch (Refusal newer) {
            unreadableApps.putIfAbsent(
                    app, new UnreadableApp(name, String.valueOf(newer.getMessage())));
            return Optional.empty();
        }
    }

    boolean covers(long app) {
        return !unreadableApps.containsKey(app);
    }

    List<UnreadableApp> unreadableApps() {
        return List.copyOf(unreadableApps.values());
    }
}
