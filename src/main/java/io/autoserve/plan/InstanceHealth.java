package io.autoserve.plan;

/**
 * The combined result of an instance's checks.
 *
 * @param ready whether the instance may get requests
 * @param alive whether the instance may stay; false if it should be replaced
 * @param reason the reason for the result, as the checks report it
 * @param steady false if the instance's readiness changed often in the last minutes
 */
public record InstanceHealth(boolean ready, boolean alive, String reason, boolean steady) {

    /** Creates the result of an instance whose readiness is steady. */
    public InstanceHealth(boolean ready, boolean alive, String reason) {
        this(ready, alive, reason, true);
    }
}
