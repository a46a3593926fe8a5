package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.identity.IdentityFolder;
import io.autoserve.testing.Authority;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the port with TLS, which admits only the load balancer. */
class InsideTest {
    private static final String BALANCER = "t-controller-lb";
    private static final String CONTROLLER = "t-controller";

    @TempDir private Path folder;
    private final Authority authority = new Authority();
    private IdentityFolder identity;
    @AutoClose private Served served;

    @AutoClose private final Client client = new Client();

    private static final class Client implements AutoCloseable {
        private final Vertx vertx = Vertx.vertx();
        private final HttpClient http =
                vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));

        @Override
        public void close() {
            await(vertx.close());
        }
    }

    @BeforeEach
    void serve() {
        identity = new IdentityFolder(authority.writePart(folder.resolve("own"), CONTROLLER));
        served =
                new Served(
                        new ApiServer.Settings(
                                        "localhost",
                                        0,
                                        Served.HEARTBEAT,
                                        1 << 20,
                                        new AccessRules(false, "s", Set.of()))
                                .with(new ApiServer.Inside(0, identity, BALANCER)));
    }

    @Test
    void the_load_balancer_is_admitted() {
        assertThat(ask(of(authority, BALANCER), "10.0.0.1")).isEqualTo(401);
    }

    @Test
    void the_load_balancers_word_for_an_address_is_taken_and_nobody_elses() {
        var balancer = of(authority, BALANCER);
        for (var i = 0; i < 20; i++) {
            assertThat(ask(balancer, "10.0.1." + i)).isEqualTo(401);
        }
        for (var i = 0; i < 11; i++) {
            spoof(i);
        }
        assertThat(spoof(12)).isEqualTo(429);
    }

    @Test
    void another_part_of_the_platform_is_refused() {
        assertThat(ask(of(authority, "t-nginx"), "10.0.0.1")).isEqualTo(403);
    }

    @Test
    void a_certificate_of_another_authority_is_refused() {
        var foreign = of(new Authority(), BALANCER);
        var options = of(authority, BALANCER);
        options.setKeyCertOptions(foreign.getKeyCertOptions());

        assertThatThrownBy(() -> ask(options, "10.0.0.1")).isNotNull();
    }

    @Test
    void a_caller_without_a_certificate_is_refused() {
        var options = of(authority, BALANCER);
        var anonymous = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        anonymous.setTrustOptions(options.getTrustOptions());

        assertThatThrownBy(() -> ask(anonymous, "10.0.0.1")).isNotNull();
    }

    @Test
    void renewed_files_are_used_without_a_restart() {
        var next = new Authority();
        var renewed = of(next, BALANCER);
        assertThatThrownBy(() -> ask(renewed, "10.0.0.1")).isNotNull();

        next.writePart(folder.resolve("own"), CONTROLLER);
        assertThat(identity.refresh()).isTrue();

        await("the server uses the renewed files", () -> answers(renewed), it -> it);
        assertThatThrownBy(() -> ask(of(authority, BALANCER), "10.0.0.1")).isNotNull();
    }

    private boolean answers(ClientSSLOptions options) {
        try {
            return ask(options, "10.0.0.1") == 401;
        } catch (RuntimeException notYet) {
            return false;
        }
    }

    private ClientSSLOptions of(Authority issuer, String name) {
        var files = folder.resolve(name + System.identityHashCode(issuer));
        return new IdentityFolder(issuer.writePart(files, name)).identity().client();
    }

    /** Sends a wrong token over TLS and returns the status of the answer. */
    private int ask(ClientSSLOptions options, String address) {
        var request =
                new RequestOptions()
                        .setServer(
                                SocketAddress.inetSocketAddress(served.insidePort(), "localhost"))
                        .setHost(CONTROLLER)
                        .setPort(served.insidePort())
                        .setURI("/api/v1/apps")
                        .setSsl(true)
                        .setSslOptions(options)
                        .putHeader("Authorization", "Bearer x")
                        .putHeader("X-Forwarded-For", address);
        return await(
                client.http
                        .request(request)
                        .compose(sent -> sent.send().map(answer -> answer.statusCode())));
    }

    private int spoof(int number) {
        return served.send(
                        "GET",
                        "/api/v1/apps",
                        "",
                        "",
                        "Authorization",
                        "Bearer x",
                        "X-Forwarded-For",
                        "10.0.1." + number)
                .status();
    }
}
