package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.identity.IdentityFolder;
import io.autoserve.testing.Authority;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.TlsVisit;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the load balancer in a container in front of a controller that requires certificates. */
class SecureLoadBalancerIT {
    private static final String IMAGE = "t-platform-nginx";
    private static final String NAME = "t-platform-secure-lb";
    private static final String APPS = "/api/v1/apps";

    @TempDir private Path folder;
    private final Vertx vertx = Vertx.vertx();
    private final Set<String> callers = ConcurrentHashMap.newKeySet();
    private Authority authority = new Authority();
    private @Nullable HttpServer controller;

    @BeforeAll
    static void build() {
        docker("build", "--quiet", "--network", "host", "--tag", IMAGE, "nginx");
    }

    @BeforeEach
    void prepare() throws IOException {
        docker("network", "create", NAME);
        renew();
        var issued = authority.issue(Instant.now(), Instant.now().plusSeconds(3600), "api.example");
        Files.writeString(balancer().resolve("api.crt"), issued.chain());
        Files.writeString(balancer().resolve("api.key"), issued.key().reveal());
        readable();
    }

    @AfterEach
    void stop() {
        docker("rm", "--force", NAME);
        docker("network", "rm", NAME);
        await(vertx.close());
    }

    @Test
    void both_sides_show_a_certificate() {
        start("t-controller");

        awaitAnswer();
        assertThat(callers).containsExactly("CN=t-controller-lb");
    }

    @Test
    void a_controller_of_another_name_gets_no_request() {
        start("t-nginx");
        Eventually.within(PATIENCE, "the load balancer answers", () -> answers(503), this::log);

        assertThat(callers).isEmpty();
    }

    /**
     * The first controller has half a second to connect. All others have more time, since otherwise
     * no controller would get a request while all of them are slow.
     */
    @Test
    void a_controller_with_a_slow_handshake_gets_the_request_if_no_other_one_can() {
        listen("t-controller");
        var slow = "%s:%d".formatted(gateway(), slowDoor(Duration.ofMillis(800)));
        run(slow + " " + slow);

        awaitAnswer();
    }

    @Test
    void another_authority_is_trusted_after_a_hup() throws IOException {
        start("t-controller");
        awaitAnswer();
        authority = new Authority();
        renew();
        await(
                requireNonNull(controller)
                        .updateSSLOptions(
                                new IdentityFolder(authority.writePart(own(), "t-controller"))
                                        .identity()
                                        .server()));
        readable();
        docker("kill", "--signal", "HUP", NAME);
        callers.clear();

        Eventually.within(
                PATIENCE, "a request arrives", () -> answers(200) && !callers.isEmpty(), this::log);
    }

    @Test
    void browsers_are_told_to_use_tls_only_at_domain_names() throws SSLHandshakeException {
        start("t-controller");
        awaitAnswer();

        assertThat(TlsVisit.to(address(), 8443, "api.example", APPS).answer())
                .contains("Strict-Transport-Security: max-age=31536000");
        for (var host : List.of("localhost", "127.0.0.1")) {
            assertThat(TlsVisit.to(address(), 8443, host, APPS).answer())
                    .startsWith("HTTP/1.1 200 ")
                    .doesNotContain("Strict-Transport-Security");
        }
    }

    /** nginx in front of the apps includes the same list, conf/ciphers.conf. */
    @Test
    void old_ciphers_are_refused() throws IOException {
        start("t-controller");
        awaitAnswer();

        assertThat(accepts("AES_128_GCM_SHA256")).isTrue();
        for (var old : List.of("AES_128_CBC_SHA256", "AES_128_CBC_SHA", "AES_256_CBC_SHA384")) {
            assertThat(accepts(old)).as(old).isFalse();
        }
    }

    private static boolean accepts(String cipher) throws IOException {
        return TlsVisit.accepts(
                address(),
                8443,
                "api.example",
                "TLS_ECDHE_ECDSA_WITH_" + cipher,
                "TLS_ECDHE_RSA_WITH_" + cipher);
    }

    private void start(String controllerName) {
        run("%s:%d".formatted(gateway(), listen(controllerName)));
    }

    /** Starts a controller with a certificate of this name, and returns its port. */
    private int listen(String controllerName) {
        var tls =
                new IdentityFolder(authority.writePart(own(), controllerName)).identity().server();
        controller =
                await(
                        vertx.createHttpServer(
                                        new HttpServerOptions()
                                                .setSsl(true)
                                                .setKeyCertOptions(tls.getKeyCertOptions())
                                                .setTrustOptions(tls.getTrustOptions())
                                                .setClientAuth(tls.getClientAuth()))
                                .requestHandler(this::answer)
                                .listen(0, "0.0.0.0"));
        return controller.actualPort();
    }

    /**
     * Returns a port that accepts connections at once, and passes each of them to the controller
     * after the delay.
     */
    private int slowDoor(Duration delay) {
        var inside = vertx.createNetClient();
        var port = requireNonNull(controller).actualPort();
        return await(
                        vertx.createNetServer()
                                .connectHandler(caller -> {
                                    caller.pause();
                                    vertx.setTimer(
                                            delay.toMillis(),
                                            _ ->
                                                    inside.connect(port, "127.0.0.1")
                                                            .onSuccess(to -> join(caller, to))
                                                            .onFailure(_ -> caller.close()));
                                })
                                .listen(0, "0.0.0.0"))
                .actualPort();
    }

    private static void join(NetSocket one, NetSocket other) {
        one.pipeTo(other);
        other.pipeTo(one);
    }

    /**
     * Runs the load balancer in front of these controllers, given as {@code HOST:PORT HOST:PORT…}.
     */
    private void run(String controllers) {
        docker(
                "run",
                "--detach",
                "--name",
                NAME,
                "--network",
                NAME,
                "--user",
                "www-data",
                "--read-only",
                "--tmpfs",
                "/tmp",
                "--tmpfs",
                "/run/nginx:mode=1777",
                "--env",
                "AUTOSERVE_INSTALLATION=t",
                "--env",
                "AUTOSERVE_CONTROLLERS=" + controllers,
                "--volume",
                balancer() + ":/run/autoserve:ro",
                IMAGE,
                "controller-lb");
    }

    private void answer(HttpServerRequest request) {
        try {
            var shown = (X509Certificate) request.connection().peerCertificates().getFirst();
            callers.add(shown.getSubjectX500Principal().getName());
        } catch (SSLPeerUnverifiedException unverified) {
            callers.add("nobody");
        }
        request.response().end("{\"status\":\"ready\",\"role\":\"leader\"}");
    }

    private void awaitAnswer() {
        Eventually.within(PATIENCE, "the controller answers", () -> answers(200), this::log);
    }

    private boolean answers(int status) {
        try {
            return TlsVisit.to(address(), 8443, "api.example", APPS).answered(status);
        } catch (SSLHandshakeException | RuntimeException notYet) {
            return false;
        }
    }

    private void renew() throws IOException {
        authority.writePart(balancer(), "t-controller-lb");
        readable();
    }

    /** Lets the container's user read the files, which have the owner of this test. */
    private void readable() throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
    }

    private Path balancer() {
        return folder.resolve("balancer");
    }

    private Path own() {
        return folder.resolve("controller");
    }

    private static String address() {
        return inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    }

    /** Returns this machine's address in the network of the test. */
    private static String gateway() {
        return docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", NAME)
                .strip();
    }

    private static String inspect(String format) {
        return docker("inspect", "--format", format, NAME).strip();
    }

    private String log() {
        return docker("logs", NAME);
    }
}
