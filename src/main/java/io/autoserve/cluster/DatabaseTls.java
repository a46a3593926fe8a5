package io.autoserve.cluster;

import io.autoserve.identity.Identity;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Provides the TLS options for databases whose certificates another authority than the platform's
 * own has signed. The options contain the content of the file and not its name, because Vert.x
 * keeps what it has read for equal options.
 */
public final class DatabaseTls implements Supplier<ClientSSLOptions> {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseTls.class);
    private static final Duration PERIOD = Duration.ofSeconds(30);

    private final Path authority;
    private final @Nullable Supplier<Identity> identity;
    private volatile Buffer certificates;

    /**
     * @param authority PEM file with the certificates of the authorities to trust, one of which
     *     must have signed the certificate for the host name of each database
     * @param identity returns the certificate by which the controller proves its identity; null to
     *     prove it by the password alone
     * @throws UncheckedIOException if the file cannot be read
     */
    public DatabaseTls(Path authority, @Nullable Supplier<Identity> identity) {
        this.authority = authority;
        this.identity = identity;
        try {
            this.certificates = read();
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "the authority of the databases cannot be read: " + e, e);
        }
    }

    /** Reads the file again every 30 s, until Vert.x is closed. */
    public void watch(Vertx vertx) {
        vertx.setPeriodic(PERIOD.toMillis(), _ -> vertx.executeBlocking(this::refreshed));
    }

    /** Returns the present options. They demand that a certificate is for the name of its host. */
    @Override
    public ClientSSLOptions get() {
        var options =
                new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("HTTPS")
                        .setTrustOptions(new PemTrustOptions().addCertValue(certificates));
        if (identity != null) {
            options.setKeyCertOptions(proof(identity.get()));
        }
        return options;
    }

    private static KeyCertOptions proof(Identity identity) {
        return identity.client().getKeyCertOptions();
    }

    private boolean refreshed() {
        try {
            certificates = read();
            return true;
        } catch (IOException e) {
            LOG.warn(
                    "TLS with the databases continues with the authority as it was: {}",
                    e.toString());
            return false;
        }
    }

    private Buffer read() throws IOException {
        return Buffer.buffer(Files.readAllBytes(authority));
    }
}
