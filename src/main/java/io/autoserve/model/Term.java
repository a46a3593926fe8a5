package io.autoserve.model;

import java.util.UUID;

/**
 * The time in which one controller leads without interruption. The id distinguishes two terms with
 * the same epoch, which an asynchronous failover of the database can cause.
 */
public record Term(long epoch, UUID id) {}
