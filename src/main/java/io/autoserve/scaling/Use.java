package io.autoserve.scaling;

/**
 * An instance's recent usage, relative to its limits.
 *
 * @param cpuPercent of its limit, or of one core if it has no limit
 * @param memoryPercent of its limit, or of the machine's memory if it has no limit
 */
public record Use(double cpuPercent, double memoryPercent, long memoryBytes) {}
