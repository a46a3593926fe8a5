package io.autoserve.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How JDBC is told where a database is, and by whom it proves itself. */
public final class JdbcUrl {
    private JdbcUrl() {}

    /**
     * More parameters may follow, each behind {@code &}.
     *
     * @param hosts {@code host:port}, comma-separated
     * @param authority that certifies them, in PEM; null: they are asked without TLS
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
