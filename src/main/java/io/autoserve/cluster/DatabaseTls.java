package io.autoserve.cluster;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provides the TLS options for connections to the databases, from files that may be renewed while
 * the controller runs. The options contain the content of the files and not their names, because
 * Vert.x keeps what it has read for equal options.
 */
final class DatabaseTls {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseTls.class);

    private final Path authority;
    private final @Nullable Path identity;
    private volatile ClientSSLOptions latest;

    /**
     * @param authority PEM file with the certificates of the authorities that certify databases
     * @param identity folder with {@code part.crt} and {@code part.key}, by which the controller
     *     proves its identity; null for databases that do not ask for it
     * @throws UncheckedIOException if a file cannot be read
     */
    DatabaseTls(Path authority, @Nullable Path identity) {
        this.authority = authority;
        this.identity = identity;
        try {
            this.latest = read();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "a file for TLS with the databases cannot be read: " + e, e);
        }
    }

    /**
     * Returns options with the present content of the files, or with the last content if a file
     * cannot be read. The options demand that the certificate is for the name of the host.
     */
    ClientSSLOptions options() {
        try {
            latest = read();
        } catch (IOException e) {
            LOG.warn("TLS with the databases continues with the files as they were", e);
        }
        return latest;
    }

    private ClientSSLOptions read() throws IOException {
        var options =
                new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("HTTPS")
                        .setTrustOptions(new PemTrustOptions().addCertValue(content(authority)));
        if (identity != null) {
            options.setKeyCertOptions(
                    new PemKeyCertOptions()
                            .setCertValue(content(identity.resolve("part.crt")))
                            .setKeyValue(content(identity.resolve("part.key"))));
        }
        return options;
    }

    private static Buffer content(Path file) throws IOException {
        return Buffer.buffer(Files.readAllBytes(file));
    }
}
