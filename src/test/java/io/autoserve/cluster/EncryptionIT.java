package io.autoserve.cluster;

import static io.autoserve.cluster.Connecting.awaitRefusal;
import static io.autoserve.cluster.Connecting.connected;
import static io.autoserve.testing.Eventually.await;
import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Authority;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests which servers a controller accepts as its databases. The certificate of the test's server
 * is for localhost.
 */
class EncryptionIT {
    private static final String OWN = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";

    @TempDir private static Path folder;
    private static Path authority;
    @AutoClose private static Postgres postgres;

    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void startPostgres() {
        var issuer = new Authority();
        authority = issuer.write(folder.resolve("ca.crt"));
        var now = Instant.now();
        postgres = Postgres.start(issuer.issue(now, now.plus(1, DAYS), "localhost"), folder);
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

    private static boolean encrypted(SqlClient client) {
        return await(client.query(OWN).execute()).iterator().next().getBoolean(0);
    }

    private Databases at(String host, Postgres server, Path believed) {
        var hosts = host + ":" + server.port();
        return new Databases(vertx, hosts, "postgres", "postgres", "postgres", believed);
    }
}
