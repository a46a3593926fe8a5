package io.autoserve.certificates;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.autoserve.testing.Authority;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks that an upload is refused if its certificate would fail in a handshake. */
class UploadTest {
    private static final Instant TOMORROW = NOON.plus(Duration.ofDays(1));
    private static final Authority AUTHORITY = new Authority();
    private static final String HOST = "shop.example.com";

    @ParameterizedTest
    @CsvSource({"RSA, 2048", "EC, 256", "EC, 384", "Ed25519, 255"})
    void every_kind_of_key_is_taken(String algorithm, int bits) {
        var pair = Authority.keyPair(algorithm, bits);
        var issued = AUTHORITY.issue(pair, NOON, TOMORROW, HOST);

        var read = Upload.read(HOST, issued.chain(), issued.key(), NOON);

        assertThat(read.key().reveal()).startsWith("-----BEGIN PRIVATE KEY-----\n");
        assertThat(read.validity().notAfter()).isEqualTo(TOMORROW);
    }

    @ParameterizedTest
    @CsvSource({"RSA, 2048", "EC, 256", "EC, 384"})
    void old_forms_are_handed_out_in_the_present_one(String algorithm, int bits) {
        var pair = Authority.keyPair(algorithm, bits);
        var issued = AUTHORITY.issue(pair, NOON, TOMORROW, HOST);
        var old = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";

        var read =
                Upload.read(HOST, issued.chain(), new Hidden(old + Authority.oldForm(pair)), NOON);

        assertThat(read.key().reveal()).startsWith("-----BEGIN PRIVATE KEY-----\n");
    }

    @Test
    void the_issuers_are_handed_out_with_it() {
        var own = AUTHORITY.issue(NOON, TOMORROW, HOST);
        var issuer = AUTHORITY.issue(NOON, TOMORROW, "issuer.example");

        var read = Upload.read(HOST, own.chain() + issuer.chain(), own.key(), NOON);

        assertThat(read.chain().split("BEGIN CERTIFICATE")).hasSize(3);
    }

    @Test
    void a_certificate_for_another_host_is_refused() {
        var other = AUTHORITY.issue(NOON, TOMORROW, "www.example.com", "example.com");

        assertRefused(
                other.chain(),
                other.key(),
                "/certificate",
                "the certificate is for www.example.com, example.com, not for shop.example.com");
    }

    @Test
    void an_expired_one_is_refused() {
        var old = AUTHORITY.issue(NOON.minusSeconds(60), NOON.minusSeconds(1), HOST);

        assertRefused(
                old.chain(),
                old.key(),
                "/certificate",
                "the certificate expired at 2026-01-01T11:59:59Z");
    }

    @ParameterizedTest
    @CsvSource({"EC, 256", "EC, 384", "RSA, 2048"})
    void the_key_of_another_one_is_refused(String algorithm, int bits) {
        var own = AUTHORITY.issue(NOON, TOMORROW, HOST);
        var other = Authority.oldForm(Authority.keyPair(algorithm, bits));

        assertRefused(
                own.chain(), new Hidden(other), "/key", "the key does not match the certificate");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hunter2",
                "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"
            })
    void what_is_no_key_is_refused_without_being_told(String key) {
        var own = AUTHORITY.issue(NOON, TOMORROW, HOST);

        assertRefused(
                own.chain(), new Hidden(key), "/key", "must be an unencrypted private key in PEM");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no certificate",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
            })
    void what_is_no_certificate_is_refused(String chain) {
        assertThatThrownBy(() -> Upload.read(HOST, chain, new Hidden(""), NOON))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults().getFirst().pointer())
                                        .isEqualTo("/certificate"));
    }

    private static void assertRefused(String chain, Hidden key, String pointer, String message) {
        assertThatThrownBy(() -> Upload.read(HOST, chain, key, NOON))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults())
                                        .containsExactly(new Refusal.Fault(pointer, message)));
    }
}
