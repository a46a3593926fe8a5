package io.autoserve.scaling;

/**
 * An instance's recent usage, relative to its limits.
 *
 * @param cpuPercent CPU in percent of the instance's limit, or of one core if it has no limit
 * @param memoryPercent memory in percent of the instance's limit, or of the machine's memory if it
 *     has no limit
 */
public record Use(double cpuPercent, double memoryPercent, long memoryBytes) {}
