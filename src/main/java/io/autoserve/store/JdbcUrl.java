package io.autoserve.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Builds the JDBC URL of a database, with the parameters by which the database and the client prove
 * their identities.
 */
public final class JdbcUrl {
    private JdbcUrl() {}

    /** Returns the URL for a client that proves its identity by the password alone. */
    public static String of(String hosts, String database, @Nullable Path authority) {
        return of(hosts, database, authority, null);
    }

    /**
     * Returns the URL. More parameters may be appended, each after {@code &}. The driver reads the
     * files at each connect.
     *
     * @param hosts addresses of the databases as {@code host:port}, comma-separated
     * @param authority file with the PEM certificates of the authority that certifies the hosts;
     *     null to connect without TLS
     * @param identity folder with the client's certificate {@code part.crt} in PEM and its key
     *     {@code part.pk8} in DER, as the driver requires; null to prove the client's identity by
     *     the password alone
     */
    public static String of(
            String hosts, String database, @Nullable Path authority, @Nullable Path identity) {
        return "jdbc:postgresql://%s/%s?%s".formatted(hosts, database, tls(authority, identity));
    }

    private static String tls(@Nullable Path authority, @Nullable Path identity) {
        if (authority == null) {
            return "sslmode=disable";
        }
        var verified = "sslmode=verify-full&sslrootcert=" + encoded(authority);
        return identity == null
                ? verified
                : "%s&sslcert=%s&sslkey=%s"
                        .formatted(
                                verified,
                                encoded(identity.resolve("part.crt")),
                                encoded(identity.resolve("part.pk8")));
    }

    private static String encoded(Path file) {
        return URLEncoder.encode(file.toString(), UTF_8);
    }
}
