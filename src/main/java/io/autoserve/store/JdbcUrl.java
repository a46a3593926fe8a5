package io.autoserve.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Builds the JDBC URL of a database, with the parameters that verify the database's identity. */
public final class JdbcUrl {
    private JdbcUrl() {}

    /**
     * Returns the URL. More parameters may be appended, each after {@code &}.
     *
     * @param hosts addresses of the databases as {@code host:port}, comma-separated
     * @param authority file with the PEM certificates of the authority that certifies the hosts;
     *     null to connect without TLS
     */
    public static String of(String hosts, String database, @Nullable Path authority) {
        var tls =
                authority == null
                        ? "sslmode=disable"
                        : "sslmode=verify-full&sslrootcert="
                                + URLEncoder.encode(authority.toString(), UTF_8);
        return "jdbc:postgresql://%s/%s?%s".formatted(hosts, database, tls);
    }
}
