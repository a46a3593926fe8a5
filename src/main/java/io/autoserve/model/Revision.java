package io.autoserve.model;

import java.time.Instant;

/**
 * A spec that an app had or has. The last ten are kept, and any that still serves.
 *
 * @param template revision that its containers were made by
 * @param raw the spec as its author wrote it
 */
public record Revision(
        int number, int template, AppSpec spec, String raw, String actor, Instant createdAt) {}
