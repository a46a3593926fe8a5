package io.autoserve.events;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.Instance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the instances of all apps, and never changes. A changed copy shares all other apps with the
 * original except for one part of 256, so that its cost hardly depends on the number of apps.
 */
final class InstancesByApp {
    private static final int PARTS = 256;

    /** The instances by app id. An app is in the part whose number is the remainder of its id. */
    private final List<Map<Long, List<Instance>>> parts;

    private InstancesByApp(List<Map<Long, List<Instance>>> parts) {
        this.parts = parts;
    }

    /**
     * @param instances instances of any apps; those of one app must be in the order of their
     *     indexes
     */
    static InstancesByApp of(Collection<Instance> instances) {
        var parts = new ArrayList<>(Collections.nCopies(PARTS, Map.<Long, List<Instance>>of()));
        instances.stream()
                .collect(
                        groupingBy(instance -> part(instance.appId()), groupingBy(Instance::appId)))
                .forEach((part, apps) -> parts.set(part, apps));
        return new InstancesByApp(parts);
    }

    private static int part(long app) {
        return Math.floorMod(app, PARTS);
    }

    /** Returns the instances of the app, or an empty list if it has none. */
    List<Instance> of(long app) {
        return parts.get(part(app)).getOrDefault(app, List.of());
    }

    /** Returns a copy in which the app has these instances. */
    InstancesByApp with(long app, List<Instance> instances) {
        var changed = new HashMap<>(parts.get(part(app)));
        if (instances.isEmpty()) {
            changed.remove(app);
        } else {
            changed.put(app, List.copyOf(instances));
        }
        var copy = new ArrayList<>(parts);
        copy.set(part(app), changed);
        return new InstancesByApp(copy);
    }
}
