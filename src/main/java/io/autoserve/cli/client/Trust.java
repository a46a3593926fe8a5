package io.autoserve.cli.client;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Decides which servers the CLI accepts as controllers, by the CA of their certificate.
 *
 * @param authorities a PEM file with the only CA certificates to trust; null means the CAs that
 *     Java trusts
 */
public record Trust(@Nullable Path authorities) {

    void check(HttpURLConnection connection) {
        if (authorities != null && connection instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(context().getSocketFactory());
        }
    }

    void check(HttpClient.Builder client) {
        if (authorities != null) {
            client.sslContext(context());
        }
    }

    /** Returns a TLS context that trusts these CAs and no others. */
    public SSLContext context() {
        try {
            return authorities == null ? SSLContext.getDefault() : trusting(authorities);
        } catch (IOException | GeneralSecurityException e) {
            throw CommandFailure.of(
                    Exit.NOT_FOUND,
                    "%s contains no readable PEM certificates: %s".formatted(authorities, e),
                    e);
        }
    }

    private static SSLContext trusting(Path authorities)
            throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(authorities)) {
            for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(String.valueOf(store.size()), each);
            }
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
