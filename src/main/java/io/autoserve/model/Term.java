package io.autoserve.model;

import java.util.UUID;

/**
 * The time in which one controller leads without interruption. An asynchronous failover of the
 * database can lead to two terms with the same epoch, and the id distinguishes them.
 */
public record Term(long epoch, UUID id) {}
