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
 * @param idle time since the last request that keeps the app awake, no longer than the newest
 *     instance has been ready. It is zero while requests are in flight and while the app starts
 * @param waiting whether nginx holds requests until an instance is ready
 */
record Demand(Duration idle, boolean waiting) {
    /** No request needs the app, because it is a worker. */
    static final Demand NONE = new Demand(Duration.ofDays(36500), false);

    /** nginx holds requests for the app. */
    static final Demand WAITING = new Demand(Duration.ZERO, true);

    /**
     * Returns the demand for an app. Returns null if nginx does not know that the app may sleep,
     * for example because it has not got the app's present route yet.
     *
     * @param counters null if nginx could not be read
     */
    static @Nullable Demand of(
            App app, Collection<Instance> instances, @Nullable Counters counters, Instant now) {
        var requests = requests(app, counters);
        if (requests == null) {
            return null;
        }
        var needed = isStarting(app, instances, now) || isBusy(instances, counters);
        return new Demand(
                needed ? Duration.ZERO : idle(requests, instances, now), requests.waiting);
    }

    private static @Nullable Demand requests(App app, @Nullable Counters counters) {
        if (app.spec().isWorker()) {
            return NONE;
        }
        var counted = counters == null ? null : counters.apps().get(app.name());
        return counted == null ? null : new Demand(counted.idle(), counted.waiting());
    }

    /**
     * Returns whether the app was changed or woken and has no ready instance yet. It has as long to
     * start as a rollout has, so that an app whose instances fail can sleep at last.
     */
    private static boolean isStarting(App app, Collection<Instance> instances, Instant now) {
        var deadline = app.updatedAt().plus(app.spec().rollout().progressDeadline());
        return deadline.isAfter(now) && instances.stream().noneMatch(Instance::routable);
    }

    private static boolean isBusy(Collection<Instance> instances, @Nullable Counters counters) {
        return counters != null
                && instances.stream().anyMatch(it -> counters.inFlight(it.id()) > 0);
    }

    private static Duration idle(Demand requests, Collection<Instance> instances, Instant now) {
        var readyFor =
                instances.stream()
                        .map(Instance::readySince)
                        .filter(Objects::nonNull)
                        .map(since -> Duration.between(since, now));
        return Stream.concat(Stream.of(requests.idle), readyFor)
                .reduce((one, other) -> one.compareTo(other) < 0 ? one : other)
                .orElseThrow();
    }
}
