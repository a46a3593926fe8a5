package io.autoserve.scaling;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.proxy.Counters;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether an app that may sleep is needed.
 *
 * @param idle time since the last request that keeps the app awake. It is zero while requests are
 *     in flight, and no longer than the newest instance has been ready
 * @param waiting whether nginx holds requests until an instance is ready
 */
record Demand(Duration idle, boolean waiting) {
    /** The app is a worker, which no request needs. */
    static final Demand NONE = new Demand(Duration.ofDays(36500), false);

    /** nginx holds requests for the app. */
    static final Demand WAITING = new Demand(Duration.ZERO, true);

    /**
     * Returns the demand for an app. Returns {@link #NONE} for a worker, and null if nginx does not
     * know that the app may sleep, for example because it has not got the app's present route yet.
     */
    static @Nullable Demand of(
            App app, Collection<Instance> instances, Counters counters, Instant now) {
        if (app.spec().isWorker()) {
            return NONE;
        }
        var counted = counters.apps().get(app.name());
        if (counted == null) {
            return null;
        }
        var busy = instances.stream().anyMatch(it -> counters.inFlight(it.id()) > 0);
        var readyFor =
                instances.stream()
                        .map(Instance::readySince)
                        .filter(Objects::nonNull)
                        .map(since -> Duration.between(since, now));
        var idle =
                Stream.concat(Stream.of(counted.idle()), readyFor)
                        .reduce((one, other) -> one.compareTo(other) < 0 ? one : other)
                        .orElseThrow();
        return new Demand(busy ? Duration.ZERO : idle, counted.waiting());
    }
}
