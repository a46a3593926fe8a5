package io.autoserve.model;

import java.time.Instant;

/** Who leads, since when, and under which term. */
public record Leader(String name, String address, Term term, Instant since) {}
