/**
 * TLS for apps. Users upload certificates, or AutoServe orders them from an ACME server, renews
 * them in time and hands them to nginx. {@link io.autoserve.certificates.Renewal} decides, without
 * IO or a clock. {@link io.autoserve.certificates.CertificateKeeper} acts while this controller
 * leads. This package does not deal with apps or routes.
 */
@NullMarked
package io.autoserve.certificates;

import org.jspecify.annotations.NullMarked;
