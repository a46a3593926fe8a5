package io.autoserve.model;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.Refusal.Fault;
import java.util.ArrayList;
import java.util.List;

/**
 * The CPU and memory that this installation gives to an instance whose spec has no limit, and the
 * highest limits that a spec may have. If there is a maximum and no default, the maximum is the
 * default.
 *
 * @param standard the defaults; 0 for none
 * @param most the maxima; 0 for none
 */
public record InstanceLimits(Resources standard, Resources most) {
    public static final InstanceLimits NONE =
            new InstanceLimits(Resources.UNLIMITED, Resources.UNLIMITED);

    public InstanceLimits {
        standard =
                new Resources(
                        standard.cpuMillis() == 0 ? most.cpuMillis() : standard.cpuMillis(),
                        standard.memoryBytes() == 0 ? most.memoryBytes() : standard.memoryBytes());
        Require.that(
                !exceeds(standard.cpuMillis(), most.cpuMillis()),
                "the default CPU of an instance (%dm) must not be higher than the maximum (%dm)",
                standard.cpuMillis(),
                most.cpuMillis());
        Require.that(
                !exceeds(standard.memoryBytes(), most.memoryBytes()),
                "the default memory of an instance (%d bytes) must not be higher than the maximum (%d bytes)",
                standard.memoryBytes(),
                most.memoryBytes());
    }

    /** Returns the spec with the defaults in place of the limits that it does not have. */
    public AppSpec filled(AppSpec spec) {
        var resources = spec.resources();
        return spec.limited(
                new Resources(
                        resources.cpuMillis() == 0 ? standard.cpuMillis() : resources.cpuMillis(),
                        resources.memoryBytes() == 0
                                ? standard.memoryBytes()
                                : resources.memoryBytes()));
    }

    /**
     * Throws a {@link Refusal} if the spec has a limit that is higher than the maximum, or has no
     * limit although there is a maximum.
     */
    public void require(AppSpec spec) {
        var resources = spec.resources();
        var faults = new ArrayList<Fault>();
        if (exceeds(resources.cpuMillis(), most.cpuMillis())) {
            faults.add(
                    new Fault(
                            "/spec/resources/cpu",
                            "cpu must be at most %dm on this installation (AUTOSERVE_MAX_CPU), was %s"
                                    .formatted(
                                            most.cpuMillis(),
                                            written(resources.cpuMillis(), "m"))));
        }
        if (exceeds(resources.memoryBytes(), most.memoryBytes())) {
            faults.add(
                    new Fault(
                            "/spec/resources/memory",
                            "memory must be at most %d bytes on this installation (AUTOSERVE_MAX_MEMORY), was %s"
                                    .formatted(
                                            most.memoryBytes(),
                                            written(resources.memoryBytes(), " bytes"))));
        }
        if (!faults.isEmpty()) {
            throw Refusal.conflict(List.copyOf(faults));
        }
    }

    private static boolean exceeds(long limit, long most) {
        return most > 0 && (limit == 0 || limit > most);
    }

    private static String written(long limit, String unit) {
        return limit == 0 ? "unlimited" : limit + unit;
    }
}
