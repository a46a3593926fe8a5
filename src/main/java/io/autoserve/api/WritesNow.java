package io.autoserve.api;

/**
 * How busy a controller is with writes.
 *
 * @param full how many were refused since the start because too many waited already
 * @param late because they had waited too long
 * @param abandoned how many were not done because whoever asked was gone before their turn
 */
public record WritesNow(int underWay, int waiting, long full, long late, long abandoned) {}
