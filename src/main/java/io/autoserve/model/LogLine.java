package io.autoserve.model;

import java.time.Instant;

/**
 * A line that a container wrote.
 *
 * @param at when Docker received it
 * @param error whether the container wrote it to stderr
 */
public record LogLine(Instant at, boolean error, String text) {}
