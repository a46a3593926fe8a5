package io.autoserve.model;

/**
 * How busy a controller is with writes. The last three numbers count from its start.
 *
 * @param full writes that were refused because too many waited already
 * @param late writes that were refused because they had waited too long
 * @param abandoned writes that were not done because the client had disconnected before their turn
 */
public record WriteLoad(int underWay, int waiting, long full, long late, long abandoned) {}
