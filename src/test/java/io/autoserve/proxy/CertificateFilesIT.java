package io.autoserve.proxy;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests which certificates nginx starts with. The challenge response that is handed out with them
 * shows which ones they are.
 */
class CertificateFilesIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static Vertx vertx;
    private static RealNginx real;
    private static NginxManager nginx;
    private static VersionedFiles files;
    private static long epoch;

    @BeforeAll
    static void start() throws IOException {
        vertx = Vertx.vertx();
        real = RealNginx.start();
        nginx = new NginxManager(real.folder, real, RandomGenerator.getDefault());
        vertx.deployVerticle(nginx).await();
        files = new ProxyFolder(real.folder).certificates();
    }

    @AfterAll
    static void stop() {
        real.close();
        vertx.close().await();
    }

    @BeforeEach
    void beginTerm() {
        epoch += 10;
    }

    @Test
    void it_starts_with_those_that_it_took_last() throws Exception {
        handOut(of(epoch, 1), "before");
        assertThat(handOut(of(epoch, 2), "taken")).isInstanceOf(Pushed.Accepted.class);

        real.restart();

        awaitAnswer("taken");
    }

    @Test
    void it_does_not_start_with_those_that_it_refused() throws Exception {
        handOut(of(epoch, 1), "taken");
        var odd =
                document(
                        of(epoch, 2),
                        "odd",
                        "{\"shop.example\": {\"chain\": \"\", \"key\": \"\"}}");
        assertThat(handOut(of(epoch, 2), new Hidden(odd))).isInstanceOf(Pushed.Invalid.class);
        assertThat(handOut(of(epoch - 1, 3), "of an old leader"))
                .isEqualTo(new Pushed.Refused(of(epoch, 1)));

        real.restart();

        awaitAnswer("taken");
    }

    @Test
    void it_starts_with_the_newest_that_it_can_read_whoever_wrote_others() throws Exception {
        handOut(of(epoch, 1), "taken");
        files.write(of(epoch - 1, 99), 1, document(of(epoch - 1, 99), "of a thawed leader", "{}"));
        files.write(of(epoch, 2), 99, document(of(epoch, 2), "not told any more", "{}"));
        files.write(of(epoch, 3), 99, document(of(epoch, 3), "odd", "\"none\""));

        real.restart();

        awaitAnswer("not told any more");
    }

    private static Pushed handOut(Version version, String answer) throws Exception {
        return handOut(version, new Hidden(document(version, answer, "{}")));
    }

    private static Pushed handOut(Version version, Hidden document) throws Exception {
        return nginx.handOut(version, document).await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static Version of(long epoch, long seq) {
        return new Version(1, epoch, seq);
    }

    private static String document(Version version, String answer, String sites) {
        return """
        {"version": {"timeline": %d, "epoch": %d, "seq": %d}, "sites": %s, "challenges": {"token": "%s"}}\
        """
                .formatted(version.timeline(), version.epoch(), version.seq(), sites, answer);
    }

    private static void awaitAnswer(String expected) {
        Eventually.within(
                PATIENCE,
                "nginx has the certificates: " + expected,
                () -> answer().equals(expected),
                real::log);
    }

    private static String answer() {
        var uri = URI.create("http://" + real.address() + "/.well-known/acme-challenge/token");
        try {
            return HTTP.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException notYet) {
            return "";
        }
    }
}
