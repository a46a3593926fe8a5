/**
 * TLS for apps: certificates that are uploaded or ordered from an ACME server, renewed in time and
 * handed to nginx. {@link io.autoserve.certificates.Renewal} decides, without IO or a clock; {@link
 * io.autoserve.certificates.CertificateKeeper} acts while this controller leads. Nothing in it
 * knows apps or routes.
 */
@NullMarked
package io.autoserve.certificates;

import org.jspecify.annotations.NullMarked;
