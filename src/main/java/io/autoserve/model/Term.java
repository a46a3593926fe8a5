package io.autoserve.model;

import java.util.UUID;

/**
 * One reign of a leader. The id tells two reigns apart that got the same epoch, which an
 * asynchronous failover of the database can bring about.
 */
public record Term(long epoch, UUID id) {}
