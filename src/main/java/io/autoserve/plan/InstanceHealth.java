package io.autoserve.plan;

/**
 * The combined result of an instance's checks.
 *
 * @param ready whether the instance may get requests
 * @param alive whether the instance may stay; false if it should be replaced
 * @param reason the reason for the result, as the checks report it
 */
public record InstanceHealth(boolean ready, boolean alive, String reason) {}
