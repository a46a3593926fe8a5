package io.autoserve.model;

import java.time.Instant;

/** The controller that leads, its term, and the time at which the term began. */
public record Leader(String name, String address, Term term, Instant since) {}
