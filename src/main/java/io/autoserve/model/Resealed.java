package io.autoserve.model;

/**
 * The result of sealing all secrets with the newest key.
 *
 * @param keyId id of the key that all values are sealed with now
 * @param resealed how many values another key had sealed
 */
public record Resealed(String keyId, int resealed) {}
