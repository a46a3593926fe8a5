package io.autoserve.plan;

/**
 * What the checks of an instance add up to.
 *
 * @param ready requests may be sent to it
 * @param alive false: it should be replaced
 * @param reason the checks' words
 */
public record Vitals(boolean ready, boolean alive, String reason) {}
