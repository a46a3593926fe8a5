package io.autoserve.model;

import java.time.Instant;

/** The controller that leads, with its term and when that began. */
public record Leader(String name, String address, Term term, Instant since) {}
