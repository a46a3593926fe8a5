package io.autoserve.model;

/**
 * A certificate and its key, fit to be handed out.
 *
 * @param chain in PEM, the host's own first
 * @param key in PEM, PKCS #8
 */
public record Certificate(String chain, Hidden key, Domain.Validity validity) {}
