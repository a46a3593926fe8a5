package io.autoserve.model;

/**
 * A certificate and its key, ready to be handed to nginx.
 *
 * @param chain in PEM, with the host's own certificate first
 * @param key in PEM, PKCS #8
 */
public record Certificate(String chain, Hidden key, Domain.Validity validity) {}
