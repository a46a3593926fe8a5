package io.autoserve.sources;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A URL of a PostgreSQL database, such as {@code postgres://user:password@db.example.com/shop}. Its
 * only parameter is "sslmode", because others could make the driver read files. No message quotes
 * the URL, because it has a password.
 *
 * @param sslMode disable, prefer or require
 */
record DatabaseUrl(
        String host, int port, String database, String user, String password, String sslMode) {
    private static final String FORM =
            "the secret must be a URL like 'postgres://user:password@db.example.com/shop'";
    private static final Set<String> SCHEMES = Set.of("postgres", "postgresql");
    private static final Set<String> SSL_MODES = Set.of("disable", "prefer", "require");
    private static final String SSL_MODE = "sslmode=";
    private static final int STANDARD_PORT = 5432;

    /**
     * @throws IllegalArgumentException if the text is not such a URL
     */
    static DatabaseUrl parse(String text) {
        var url = url(text.strip());
        var login = url.getRawUserInfo();
        var path = url.getRawPath();
        if (!SCHEMES.contains(String.valueOf(url.getScheme()))
                || url.getHost() == null
                || login == null
                || path == null
                || path.length() < 2) {
            throw new IllegalArgumentException(FORM);
        }
        var parts = login.split(":", 2);
        return new DatabaseUrl(
                url.getHost(),
                url.getPort() < 0 ? STANDARD_PORT : url.getPort(),
                decoded(path.substring(1)),
                decoded(parts[0]),
                parts.length < 2 ? "" : decoded(parts[1]),
                sslMode(url));
    }

    private static URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException quotesTheText) {
            throw new IllegalArgumentException(FORM);
        }
    }

    private static String sslMode(URI url) {
        var query = url.getRawQuery();
        if (query == null) {
            return "prefer";
        }
        var mode = query.startsWith(SSL_MODE) ? query.substring(SSL_MODE.length()) : "";
        if (!SSL_MODES.contains(mode)) {
            throw new IllegalArgumentException(
                    "the only parameter of the database's URL is sslmode, which must be disable,"
                            + " prefer or require");
        }
        return mode;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Never shows the password. */
    @Override
    public String toString() {
        return "%s@%s:%d/%s".formatted(user, host, port, database);
    }
}
