package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.identity.IdentityFolder;
import io.autoserve.testing.Authority;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests nginx's admin port with TLS: who is admitted, and that renewed files need no restart. */
class SecureAdminPortIT {
    @TempDir private Path folder;
    private Authority authority = new Authority();
    private IdentityFolder controller;
    private RealNginx real;

    @BeforeEach
    void start() throws IOException {
        renew();
        controller = new IdentityFolder(folder.resolve("controller"));
        real =
                RealNginx.start(
                        new NginxManager.Verified(controller, "autoserve-nginx"),
                        "--volume",
                        folder.resolve("nginx") + ":/run/autoserve:ro");
    }

    @AfterEach
    void stop() {
        real.close();
    }

    @Test
    void a_controller_pushes_tables_and_reads_counters() {
        assertThat(await(real.manager().counters())).isNotNull();
    }

    @Test
    void another_part_is_refused_even_with_the_token() {
        assertThat(ask(of("autoserve-etcd"))).isEqualTo(403);
        assertThat(ask(of("autoserve-controller"))).isEqualTo(200);
    }

    @Test
    void a_certificate_of_another_authority_is_refused() {
        var foreign = folder.resolve("foreign");
        var options = of("autoserve-controller");
        options.setKeyCertOptions(
                new IdentityFolder(new Authority().writePart(foreign, "autoserve-controller"))
                        .identity()
                        .client()
                        .getKeyCertOptions());

        assertThat(ask(options)).isEqualTo(403);
    }

    @Test
    void a_caller_without_a_certificate_is_refused() {
        var anonymous = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        anonymous.setTrustOptions(of("autoserve-controller").getTrustOptions());

        assertThat(ask(anonymous)).isEqualTo(403);
    }

    @Test
    void renewed_files_are_used_at_once_by_both_sides() throws IOException {
        assertThat(await(real.manager().counters())).isNotNull();
        authority = new Authority();
        renew();
        assertThat(controller.refresh()).isTrue();

        assertThat(await(real.manager().counters())).isNotNull();
    }

    @Test
    void nginx_of_another_name_gets_no_table() throws IOException {
        authority.writePart(folder.resolve("nginx"), "autoserve-postgres");
        readable();

        assertThatThrownBy(() -> await(real.manager().counters())).isNotNull();
    }

    private void renew() throws IOException {
        authority.writePart(folder.resolve("controller"), "autoserve-controller");
        authority.writePart(folder.resolve("nginx"), "autoserve-nginx");
        readable();
    }

    /** Lets nginx's workers read the files, which have the owner of this test. */
    private void readable() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (var file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private ClientSSLOptions of(String name) {
        return new IdentityFolder(authority.writePart(folder.resolve("caller"), name))
                .identity()
                .client();
    }

    /** Reads the counters with the right token and returns the status of the answer. */
    private int ask(ClientSSLOptions options) {
        await(real.manager().counters()); // so that nginx has the token
        var request =
                new RequestOptions()
                        .setServer(SocketAddress.inetSocketAddress(8081, real.address()))
                        .setHost("autoserve-nginx")
                        .setPort(8081)
                        .setURI("/counters")
                        .setSsl(true)
                        .setSslOptions(options)
                        .putHeader("Authorization", "Bearer " + token());
        return await(
                real.vertx()
                        .createHttpClient()
                        .request(request)
                        .compose(sent -> sent.send().map(answer -> answer.statusCode())));
    }

    private String token() {
        try {
            return Files.readString(real.folder.resolve("token")).strip();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
