package io.autoserve.model;

/**
 * How busy a controller is with writes. The last three numbers count since the controller started.
 *
 * @param full number of writes that were refused because too many were waiting already
 * @param late number of writes that were refused because they had waited too long
 * @param abandoned number of writes that were not carried out because the client had disconnected
 *     before their turn
 */
public record WriteLoad(int underWay, int waiting, long full, long late, long abandoned) {}
