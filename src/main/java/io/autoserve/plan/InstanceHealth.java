package io.autoserve.plan;

/**
 * The combined result of an instance's checks.
 *
 * @param ready whether the instance may get requests
 * @param alive false if the instance should be replaced
 * @param reason why, in the words of the checks
 */
public record InstanceHealth(boolean ready, boolean alive, String reason) {}
