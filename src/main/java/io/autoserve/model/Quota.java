package io.autoserve.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The limits for all apps in the scope of a token together. The limits apply to what the apps can
 * use at most ({@link Footprint}), so neither many apps nor autoscaling nor rollouts exceed a
 * quota.
 *
 * @param instances maximum number of instances; null for no limit
 * @param memoryBytes maximum sum of the memory limits; null for no limit
 * @param cpuMillis maximum sum of the CPU limits, in thousandths of a core; null for no limit
 */
public record Quota(
        @Nullable Integer instances, @Nullable Long memoryBytes, @Nullable Integer cpuMillis) {
    public static final Quota NONE = new Quota(null, null, null);

    public Quota {
        requirePositive("instances", instances);
        requirePositive("memory", memoryBytes);
        requirePositive("cpu", cpuMillis);
    }

    private static void requirePositive(String name, @Nullable Number limit) {
        Require.that(
                limit == null || limit.longValue() > 0,
                "the quota of %s must be at least 1, was %s",
                name,
                String.valueOf(limit));
    }

    public boolean unlimited() {
        return equals(NONE);
    }

    /**
     * Returns whether a change raises what an app uses of a limited resource. Other changes are
     * never refused, so users can still change apps and scale them in after a quota was exceeded.
     *
     * @param before the app before the change; {@link Footprint#NOTHING} for a new app
     */
    public boolean concerns(Footprint before, Footprint after) {
        return !raised(before, after).isEmpty();
    }

    /**
     * Returns why a change is refused, or empty if it is permitted.
     *
     * @param others what the other apps in the scope use, and the instances that are leaving
     * @param before the app before the change; {@link Footprint#NOTHING} for a new app
     * @param surge how many of the instances only a rollout adds
     */
    public Optional<String> objection(
            Footprint others, Footprint before, Footprint after, int surge) {
        return raised(before, after).stream()
                .flatMap(resource -> resource.objection(others, surge).stream())
                .findFirst();
    }

    private List<Demand> raised(Footprint before, Footprint after) {
        var raised = new ArrayList<Demand>();
        var more = after.instances() > before.instances();
        if (instances != null && more) {
            raised.add(new Demand(Metered.INSTANCES, instances, after.instances()));
        }
        if (memoryBytes != null && raised(before.memoryBytes(), after.memoryBytes(), more)) {
            raised.add(new Demand(Metered.MEMORY, memoryBytes, after.memoryBytes()));
        }
        if (cpuMillis != null && raised(before.cpuMillis(), after.cpuMillis(), more)) {
            raised.add(new Demand(Metered.CPU, cpuMillis, after.cpuMillis()));
        }
        return raised;
    }

    /**
     * @param more whether there are more instances, which raises also what has no limit
     */
    private static boolean raised(long before, long after, boolean more) {
        return after > before || (after == Footprint.UNLIMITED && more);
    }

    private enum Metered {
        INSTANCES,
        MEMORY,
        CPU;

        long used(Footprint others) {
            return switch (this) {
                case INSTANCES -> others.instances();
                case MEMORY -> others.memoryBytes();
                case CPU -> others.cpuMillis();
            };
        }

        String text(long amount) {
            return switch (this) {
                case INSTANCES -> amount + (amount == 1 ? " instance" : " instances");
                case MEMORY -> mebibytes(amount) + " of memory";
                case CPU -> amount / 1000.0 + " CPUs";
            };
        }

        private static String mebibytes(long bytes) {
            return bytes % (1 << 20) == 0
                    ? (bytes >> 20) + "Mi"
                    : String.format(Locale.ROOT, "%.1fMi", bytes / (double) (1 << 20));
        }
    }

    /** A limited resource of which the app asks for more. */
    private record Demand(Metered kind, long quota, long asked) {
        Optional<String> objection(Footprint others, int surge) {
            var used = kind.used(others);
            if (asked == Footprint.UNLIMITED) {
                return Optional.of(
                        "the quota is %s, but the app has no limit of it: set spec.resources.%s"
                                .formatted(kind.text(quota), kind.name().toLowerCase(Locale.ROOT)));
            }
            return Footprint.sum(used, asked) <= quota
                    ? Optional.empty()
                    : Optional.of(
                            "the quota is %s, of which other apps use %s, and this app asks for %s%s: lower replicas, maxReplicas, maxSurge, the weights of the steps or resources of this app or of another one"
                                    .formatted(
                                            kind.text(quota),
                                            kind.text(used),
                                            kind.text(asked),
                                            parts(surge)));
        }

        /** Explains a number of instances that is higher than the desired one. */
        private String parts(int surge) {
            return kind == Metered.INSTANCES && surge > 0 && surge < asked
                    ? " (%d, and %d that a rollout may add)".formatted(asked - surge, surge)
                    : "";
        }
    }
}
