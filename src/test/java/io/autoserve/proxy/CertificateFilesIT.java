package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Tests which document of certificates nginx uses after a start. Each document contains a different
 * response to an ACME challenge, and the response that nginx serves shows which document it uses.
 */
class CertificateFilesIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static final VersionedFiles files = new ProxyFolder(real.folder).certificates();
    private static long epoch;

    @BeforeEach
    void beginTerm() {
        epoch += 10;
    }

    @Test
    void it_starts_with_those_that_it_took_last() {
        handOut(of(epoch, 1), "before");
        assertThat(handOut(of(epoch, 2), "taken")).isInstanceOf(Pushed.Accepted.class);

        real.restart();

        awaitAnswer("taken");
    }

    @Test
    void it_does_not_start_with_those_that_it_refused() {
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

    private static Pushed handOut(Version version, String answer) {
        return handOut(version, new Hidden(document(version, answer, "{}")));
    }

    private static Pushed handOut(Version version, Hidden document) {
        return await(nginx.handOut(version, document));
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
        real.await("nginx has the certificates: " + expected, () -> answer().equals(expected));
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
