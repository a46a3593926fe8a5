package io.autoserve.model;

import io.autoserve.model.AppSpec.Resources;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The most that apps can use until a user changes them. It counts the instances that the apps can
 * have ({@link App#reach}), each with its limits, and the instances that run beyond that.
 *
 * @param memoryBytes sum of the memory limits, or {@link #UNLIMITED}
 * @param cpuMillis sum of the CPU limits in thousandths of a core, or {@link #UNLIMITED}
 */
public record Footprint(long instances, long memoryBytes, long cpuMillis) {
    /** The memory or CPU of an app whose instances have no limit of it. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    public static final Footprint NOTHING = new Footprint(0, 0, 0);

    /**
     * Returns what an app can use at most. An app counts as at least one instance, so that nobody
     * can create any number of empty apps. During a rollout, instances of both revisions can run,
     * so the higher limit of the two counts. An instance of any other revision, which an
     * interrupted rollout left behind, can have a higher limit. It counts with that limit until it
     * is replaced.
     *
     * @param before the app as it was before the rollout; null if no rollout is under way
     * @param present the limits of each present instance of the app that is not leaving
     */
    public static Footprint of(App app, @Nullable App before, List<Resources> present) {
        var instances = Math.max(1, Math.max(app.reach(), present.size()));
        var now = app.spec().resources();
        var earlier = before == null ? now : before.spec().resources();
        return new Footprint(
                instances,
                total(
                        instances,
                        now.memoryBytes(),
                        earlier.memoryBytes(),
                        present.stream().mapToLong(Resources::memoryBytes)),
                total(
                        instances,
                        now.cpuMillis(),
                        earlier.cpuMillis(),
                        present.stream().mapToLong(Resources::cpuMillis)));
    }

    /** Returns what one container with these limits can use at most. */
    public static Footprint ofOne(Resources limits) {
        return new Footprint(
                1,
                limits.memoryBytes() == 0 ? UNLIMITED : limits.memoryBytes(),
                limits.cpuMillis() == 0 ? UNLIMITED : limits.cpuMillis());
    }

    /** A limit of 0 means no limit. */
    private static long total(int instances, long limit, long earlier, LongStream present) {
        if (limit == 0 || earlier == 0) {
            return UNLIMITED;
        }
        var highest = Math.max(limit, earlier);
        var more = present.map(own -> own == 0 ? UNLIMITED : Math.max(0, own - highest));
        return sum(product(instances, highest), more.reduce(0, Footprint::sum));
    }

    private static long product(long a, long b) {
        return Math.multiplyHigh(a, b) == 0 && a * b >= 0 ? a * b : UNLIMITED;
    }

    /** Returns what the apps of both use together. */
    public Footprint plus(Footprint other) {
        return new Footprint(
                instances + other.instances,
                sum(memoryBytes, other.memoryBytes),
                sum(cpuMillis, other.cpuMillis));
    }

    /** Adds two amounts that are not negative. A sum beyond the range of a long is unlimited. */
    static long sum(long a, long b) {
        return a + b < 0 ? UNLIMITED : a + b;
    }
}
