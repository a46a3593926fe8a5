package io.autoserve.model;

/**
 * An operator's choices for a domain besides its certificate.
 *
 * @param redirect whether requests without TLS are redirected to HTTPS
 * @param hsts whether browsers are instructed to use only HTTPS for a year (HSTS)
 */
public record TlsChoices(boolean redirect, boolean hsts) {}
