package io.autoserve.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import io.autoserve.testing.Authority;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests which certificate authority the command line trusts. The controller's certificate is signed
 * by an authority of the installation's own.
 */
class TrustTest {
    private static final String ANSWER =
            """
            {"actor": "ci", "role": "deployer", "apps": [], "open": false, "seq": 0}
            """;

    @TempDir private Path home;
    private final Authority.Issued issued =
            new Authority().issue(Instant.now(), Instant.now().plusSeconds(600), "localhost");
    private final AtomicInteger asked = new AtomicInteger();
    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server = vertx.createHttpServer(options());
    private Path ca;
    private String url;

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(
                        new PemKeyCertOptions()
                                .setCertValue(Buffer.buffer(issued.chain()))
                                .setKeyValue(Buffer.buffer(issued.key().reveal())));
    }

    @BeforeEach
    void serve() throws IOException {
        server.requestHandler(request -> {
            asked.incrementAndGet();
            request.response().end(ANSWER);
        });
        url = "https://localhost:" + server.listen(0, "127.0.0.1").await().actualPort();
        ca = Files.writeString(home.resolve("given.crt"), issued.chain());
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Session session() {
        return new Session()
                .with("HOME", home.toString())
                .with("AUTOSERVE_HOME", home.toString())
                .typing("as_1\n");
    }

    @Test
    void whoever_else_answers_is_not_shown_the_token() {
        var said = session().run("login", url);

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(said.err()).contains("is not trusted").contains("--ca FILE");
        assertThat(asked).hasValue(0);
    }

    @Test
    void where_nobody_speaks_tls_this_is_said() {
        var plain = vertx.createHttpServer().requestHandler(request -> request.response().end());
        var port = plain.listen(0, "127.0.0.1").await().actualPort();

        var said = session().run("list", "--url", "https://localhost:" + port);

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(said.err()).contains("does not use TLS");
    }

    @Test
    void a_login_keeps_whom_to_believe() {
        assertThat(session().run("login", url, "--ca", ca.toString()).exit()).isZero();

        assertThat(session().run("list").exit()).isZero();
        assertThat(session().run("list", "--url", url).exit()).isZero();
    }

    @Test
    void the_authority_may_be_named_each_time() {
        assertThat(session().run("list", "--url", url, "--ca", ca.toString()).exit()).isZero();
        assertThat(session().with("AUTOSERVE_CA", ca.toString()).run("list", "--url", url).exit())
                .isZero();
    }

    @Test
    void what_runs_here_is_believed_by_the_authority_that_is_here() throws IOException {
        Files.createDirectories(home.resolve(".autoserve"));
        var here = Files.copy(ca, home.resolve(".autoserve/ca.crt"));

        assertThat(session().run("list", "--url", url).exit()).isZero();
        assertThat(asked).hasValue(1);

        var said = session().run("login", url);
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out()).contains("the platform's own CA, " + here);
    }

    @Test
    void the_authority_that_is_given_goes_before_the_one_that_is_here() throws IOException {
        Files.createDirectories(home.resolve(".autoserve"));
        new Authority().write(home.resolve(".autoserve/ca.crt"));

        assertThat(session().run("login", url).exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(session().run("login", url, "--ca", ca.toString()).exit()).isZero();
    }

    @Test
    void a_file_without_certificates_is_named() {
        var said = session().run("list", "--url", url, "--ca", home.resolve("none").toString());

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.err()).contains("none contains no readable PEM certificates");
    }
}
