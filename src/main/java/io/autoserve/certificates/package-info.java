/**
 * TLS for apps: certificates that users upload or that are ordered from an ACME server, renewed in
 * time and handed to nginx. {@link io.autoserve.certificates.Renewal} decides, without IO or a
 * clock. {@link io.autoserve.certificates.CertificateKeeper} acts while this controller leads.
 * Nothing here knows apps or routes.
 */
@NullMarked
package io.autoserve.certificates;

import org.jspecify.annotations.NullMarked;
