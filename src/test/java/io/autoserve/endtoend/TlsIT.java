package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.spec.Json;
import io.autoserve.testing.AcmeServer;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.Authority;
import io.autoserve.testing.Authority.Issued;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.TlsVisit;
import java.io.IOException;
import java.security.cert.CertificateParsingException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Serves apps over TLS through the real nginx, which is never reloaded for a new certificate. */
class TlsIT {
    private static final String SHOP = "shop.t-e2e.example";
    private static final String ORDERED = "ordered.t-e2e.example";
    private static final String WILD = "a.wild.t-e2e.example";
    private static final DemoApp APP =
            DemoApp.named("e2e-tls")
                    .routing("domains: [%s, %s, '*.wild.t-e2e.example']".formatted(SHOP, ORDERED));
    private static final Authority AUTHORITY = new Authority();

    private static RunningPlatform platform;
    private static AcmeServer acme;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.start();
        acme = AcmeServer.start(TlsIT::shown, Duration.ofDays(90), InstantSource.system());
        platform.orderFrom(acme.directory());
        api = platform.startController();
        api.apply(APP);
        api.awaitReady(APP.name(), 1);
        platform.awaitServed(SHOP);
    }

    /**
     * Fetches a page of any host from this nginx. The ACME server of this test calls this method to
     * verify a host, because no DNS server knows the host.
     */
    private static String shown(String host, String path) throws IOException {
        var page = platform.get(host, path);
        if (page.status() != 200) {
            throw new IOException("it answers " + page.status());
        }
        return page.body();
    }

    @AfterAll
    static void stop() {
        acme.close();
        platform.close();
    }

    @Test
    void each_host_gets_its_own_certificate_from_the_moment_it_is_uploaded() throws Exception {
        assertThatThrownBy(() -> visit(SHOP)).isInstanceOf(SSLHandshakeException.class);

        upload(SHOP, issued(SHOP)).require(200);
        upload("*.wild.t-e2e.example", issued("*.wild.t-e2e.example")).require(200);
        awaitServed(SHOP);
        awaitServed(WILD);

        assertThat(visit(SHOP).answered(200)).isTrue();
        assertThat(names(visit(SHOP))).contains(SHOP);
        assertThat(names(visit(WILD))).contains("*.wild.t-e2e.example");
        assertThatThrownBy(() -> visit("unknown.example"))
                .isInstanceOf(SSLHandshakeException.class);

        var next = issued(SHOP, "www." + SHOP);
        upload(SHOP, next).require(200);
        within(
                ApiClient.PATIENCE,
                "the next one is shown",
                () -> shows(SHOP, "www." + SHOP),
                () -> api.get("/api/v1/domains").body());
        assertNowhere(next);

        docker("restart", "--time", "1", platform.nginx());
        awaitServed(SHOP);
        api.send("DELETE", "/api/v1/domains/" + SHOP, "").require(200);
        within(ApiClient.PATIENCE, "no certificate is left", () -> !serves(SHOP), () -> SHOP);
    }

    @Test
    void an_ordered_certificate_comes_by_itself_and_may_be_insisted_on() throws Exception {
        api.send(
                        "PUT",
                        "/api/v1/domains/" + ORDERED,
                        "{\"acme\": true, \"redirect\": true, \"hsts\": true}")
                .require(200);
        awaitServed(ORDERED);

        var visit = visit(ORDERED);
        assertThat(visit.answered(200)).isTrue();
        assertThat(visit.answer()).contains("Strict-Transport-Security: max-age=31536000");
        var plain = platform.get(ORDERED, "/path?query");
        assertThat(plain.status()).isEqualTo(308);
        assertThat(plain.headers().get("Location")).isEqualTo("https://" + ORDERED + "/path?query");
        assertThat(domain(ORDERED).path("apps").get(0).asText()).isEqualTo(APP.name());
        assertThat(domain(ORDERED).path("trouble").isNull()).isTrue();
        assertThat(api.get("/api/v1/events?type=CertificateIssued").body().path("events"))
                .hasSize(1);
    }

    @Test
    void what_would_fail_in_a_handshake_is_refused_with_its_place() {
        var other = upload(SHOP, issued("other.example"));

        assertThat(other.status()).isEqualTo(422);
        assertThat(other.body().at("/errors/0/pointer").asText()).isEqualTo("/certificate");
        assertThat(other.body().at("/detail").asText())
                .isEqualTo("the certificate is for other.example, not for " + SHOP);
    }

    private static void assertNowhere(Issued issued) {
        var line = issued.key().reveal().lines().skip(1).findFirst().orElseThrow();
        assertThat(api.get("/api/v1/domains").body().toString()).doesNotContain(line);
        assertThat(api.get("/api/v1/events?limit=1000").body().toString()).doesNotContain(line);
        assertThat(platform.database().query("select d::text from domains d").toString())
                .doesNotContain(line);
        assertThat(docker("logs", platform.nginx())).doesNotContain(line);
        assertThat(
                        docker(
                                "exec",
                                platform.nginx(),
                                "sh",
                                "-c",
                                "stat -c %a /var/lib/autoserve/proxy/certificates-*.json"))
                .isEqualTo("600");
    }

    private static Issued issued(String... names) {
        var now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        return AUTHORITY.issue(now, now.plus(Duration.ofDays(90)), names);
    }

    private static ApiClient.Answer upload(String host, Issued issued) {
        var body =
                Json.MAPPER
                        .createObjectNode()
                        .put("certificate", issued.chain())
                        .put("key", issued.key().reveal());
        return api.send("PUT", "/api/v1/domains/" + host, body.toString());
    }

    private static JsonNode domain(String host) {
        for (var domain : api.get("/api/v1/domains").require(200).path("domains")) {
            if (domain.path("host").asText().equals(host)) {
                return domain;
            }
        }
        throw new AssertionError("no domain " + host);
    }

    private static TlsVisit visit(String host) throws SSLHandshakeException {
        return TlsVisit.to(platform.httpsPort(), host, "/");
    }

    private static void awaitServed(String host) {
        within(
                ApiClient.PATIENCE,
                host + " is served with TLS",
                () -> serves(host),
                () -> api.get("/api/v1/domains").body());
    }

    private static boolean serves(String host) {
        try {
            return visit(host).answered(200);
        } catch (SSLHandshakeException | RuntimeException notYet) {
            return false;
        }
    }

    private static boolean shows(String host, String name) {
        try {
            return names(visit(host)).contains(name);
        } catch (SSLHandshakeException | CertificateParsingException notYet) {
            return false;
        }
    }

    private static String names(TlsVisit visit) throws CertificateParsingException {
        return String.valueOf(visit.certificate().getSubjectAlternativeNames());
    }
}
