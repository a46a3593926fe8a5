package io.autoserve.scaling;

/**
 * What an instance used lately of what it may.
 *
 * @param cpuPercent of its limit, of one core without one
 * @param memoryPercent of its limit, of the machine's without one
 */
public record Use(double cpuPercent, double memoryPercent, long memoryBytes) {}
