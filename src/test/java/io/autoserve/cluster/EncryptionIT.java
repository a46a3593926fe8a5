package io.autoserve.cluster;

import static io.autoserve.cluster.Connecting.awaitRefusal;
import static io.autoserve.cluster.Connecting.connected;
import static io.autoserve.testing.Eventually.await;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.identity.IdentityFolder;
import io.autoserve.store.JdbcUrl;
import io.autoserve.testing.Authority;
import io.autoserve.testing.Authority.Issued;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests which servers a controller accepts as its databases, and how it proves its own identity to
 * them. The certificates of the test's servers are for localhost.
 */
class EncryptionIT {
    private static final String OWN = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

    @TempDir private static Path folder;
    private static Authority issuer;
    private static Path authority;
    @AutoClose private static Postgres postgres;
    @AutoClose private static Postgres strict;

    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void startPostgres() throws IOException {
        issuer = new Authority();
        authority = issuer.write(folder.resolve("ca.crt"));
        postgres = Postgres.start(certified(issuer), folder);
        strict =
                Postgres.startForCertifiedClients(
                        certified(issuer),
                        Files.createDirectory(folder.resolve("strict")),
                        authority);
    }

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void one_with_a_certificate_of_the_authority_for_its_name_is_believed() {
        var databases = at("localhost", postgres, authority);

        assertThat(encrypted(connected(databases).connection())).isTrue();
        assertThat(encrypted(databases.pool(1))).isTrue();
    }

    @Test
    void one_with_a_certificate_of_another_authority_is_not() {
        var another = new Authority().write(folder.resolve("another.crt"));

        awaitRefusal(at("localhost", postgres, another), "SSL handshake failed");
    }

    @Test
    void one_with_a_certificate_for_another_name_is_not() {
        awaitRefusal(at("127.0.0.1", postgres, authority), "SSL handshake failed");
    }

    @Test
    void one_without_tls_is_not() {
        try (var plain = Postgres.start()) {
            awaitRefusal(at("localhost", plain, authority), "does not handle SSL");
        }
    }

    @Test
    void a_client_without_a_certificate_is_refused_where_one_is_required() {
        awaitRefusal(at("localhost", strict, authority), "requires a valid client certificate");
    }

    @Test
    void a_renewed_certificate_of_the_client_is_used_without_a_restart() throws IOException {
        var identity = Files.createDirectory(folder.resolve("identity"));
        issuer.write(identity.resolve("ca.crt"));
        write(certified(new Authority()), identity);
        var files = new IdentityFolder(identity);
        var databases =
                new Databases(
                        vertx,
                        "localhost:" + strict.port(),
                        "postgres",
                        "postgres",
                        "postgres",
                        new DatabaseTls(authority, files::identity));
        var pool = databases.pool(1);
        awaitRefusal(databases, "Received fatal alert");

        write(certified(issuer), identity);
        files.refresh();

        assertThat(encrypted(connected(databases).connection())).isTrue();
        assertThat(encrypted(pool)).isTrue();
    }

    @Test
    void migrations_prove_the_identity_of_the_controller_too() throws Exception {
        var identity = Files.createDirectory(folder.resolve("identity of migrations"));
        write(certified(issuer), identity);
        var hosts = "localhost:" + strict.port();

        try (var connection =
                        DriverManager.getConnection(
                                JdbcUrl.of(hosts, "postgres", authority, identity),
                                "postgres",
                                "");
                var row = connection.createStatement().executeQuery(OWN)) {
            assertThat(row.next()).isTrue();
            assertThat(row.getBoolean(1)).isTrue();
        }
        assertThatThrownBy(() ->
                        DriverManager.getConnection(
                                JdbcUrl.of(hosts, "postgres", authority), "postgres", ""))
                .hasMessageContaining("requires a valid client certificate");
    }

    private static Issued certified(Authority issuer) {
        var now = Instant.now();
        return issuer.issue(now, now.plus(1, DAYS), "localhost");
    }

    /** Writes the files of a part's identity that a controller reads. */
    private static void write(Issued certificate, Path identity) throws IOException {
        var key = certificate.key().reveal();
        Files.writeString(identity.resolve("part.crt"), certificate.chain());
        Files.writeString(identity.resolve("part.key"), key);
        Files.write(
                identity.resolve("part.pk8"),
                Base64.getMimeDecoder().decode(key.replaceAll("-----[A-Z ]+-----", "")));
        Files.setPosixFilePermissions(
                identity.resolve("part.pk8"), PosixFilePermissions.fromString("r--------"));
    }

    private static boolean encrypted(SqlClient client) {
        return await(client.query(OWN).execute()).iterator().next().getBoolean(0);
    }

    private Databases at(String host, Postgres server, Path believed) {
        var hosts = host + ":" + server.port();
        return new Databases(
                vertx, hosts, "postgres", "postgres", "postgres", new DatabaseTls(believed, null));
    }
}
