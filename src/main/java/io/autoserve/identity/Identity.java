package io.autoserve.identity;

import io.autoserve.model.Hidden;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Set;

/**
 * The content of a part's files: its certificate, its key and the authorities that it trusts, all
 * in PEM. Options are built from the content and not from the names of files, because Vert.x keeps
 * a TLS context for equal options, and would never read a changed file again.
 */
public record Identity(String authorities, String certificate, Hidden key) {
    private static final Set<String> PROTOCOLS = Set.of("TLSv1.3");

    /**
     * @throws IllegalArgumentException if a file cannot be read
     */
    static Identity read(Path folder) {
        return new Identity(
                text(folder, "ca.crt"),
                text(folder, "part.crt"),
                new Hidden(text(folder, "part.key")));
    }

    private static String text(Path folder, String name) {
        var file = folder.resolve(name);
        try {
            var text = Files.readString(file);
            if (text.contains("-----BEGIN ")) {
                return text;
            }
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(useless(file), unreadable);
        }
        throw new IllegalArgumentException(useless(file));
    }

    private static String useless(Path file) {
        return "AUTOSERVE_IDENTITY_FOLDER must have this controller's certificate, but %s cannot be read as PEM: check that the container of the authority runs"
                .formatted(file);
    }

    boolean sameAs(Identity other) {
        return authorities.equals(other.authorities)
                && certificate.equals(other.certificate)
                && key.reveal().equals(other.key.reveal());
    }

    /**
     * Returns whether the certificate was issued to the part of this name. The platform's authority
     * writes the name of a part as the only name into the subject of its certificate.
     */
    public static boolean isOf(Certificate certificate, String name) {
        return certificate instanceof X509Certificate shown
                && shown.getSubjectX500Principal().getName().equals("CN=" + name);
    }

    /** Returns options for a server that requires certificates of its clients. */
    public ServerSSLOptions server() {
        var options = new ServerSSLOptions().setClientAuth(ClientAuth.REQUIRED);
        options.setKeyCertOptions(keyAndCertificate());
        options.setTrustOptions(trust());
        options.setEnabledSecureTransportProtocols(PROTOCOLS);
        return options;
    }

    /** Returns options for a client that verifies the name of the server and shows its own. */
    public ClientSSLOptions client() {
        var options = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        options.setKeyCertOptions(keyAndCertificate());
        options.setTrustOptions(trust());
        options.setEnabledSecureTransportProtocols(PROTOCOLS);
        return options;
    }

    private PemKeyCertOptions keyAndCertificate() {
        return new PemKeyCertOptions()
                .setCertValue(Buffer.buffer(certificate))
                .setKeyValue(Buffer.buffer(key.reveal()));
    }

    private PemTrustOptions trust() {
        return new PemTrustOptions().addCertValue(Buffer.buffer(authorities));
    }
}
