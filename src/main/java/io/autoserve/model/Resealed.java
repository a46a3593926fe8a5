package io.autoserve.model;

/**
 * The result of sealing all secrets with the newest key.
 *
 * @param keyId id of the key that all values are sealed with now
 * @param resealed number of values that another key had sealed before
 */
public record Resealed(String keyId, int resealed) {}
