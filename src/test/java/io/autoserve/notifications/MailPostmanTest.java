package io.autoserve.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.net.AddressPolicy;
import io.autoserve.notifications.Postman.DeliveryFailed;
import io.autoserve.testing.Authority;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests real mails to a server on this machine. */
@Timeout(60)
class MailPostmanTest {
    private static final AddressPolicy STRICT = new AddressPolicy(false, List.of());
    private static final MailPostman POSTMAN =
            new MailPostman(Notifier.names(STRICT, Set.of("127.0.0.1")));

    @AutoClose private final ToyMailServer server = new ToyMailServer();

    @Test
    void a_mail_has_its_headers_and_its_text() throws DeliveryFailed {
        POSTMAN.deliver(mail("smtp://127.0.0.1:" + server.port()));

        assertThat(server.commands())
                .contains("EHLO a.test", "MAIL FROM:<auto@a.test>", "RCPT TO:<ops@b.test>");
        assertThat(server.message())
                .contains(
                        "Message-ID: <team-7-7-3.auto@a.test>",
                        "From: auto@a.test",
                        "To: ops@b.test",
                        "Date: Thu, 1 Jan 2026 12:00:00 GMT",
                        "Subject: [autoserve] shop: RolloutRolledBack",
                        "Auto-Submitted: auto-generated",
                        "it failed");
    }

    @Test
    void a_mail_that_the_server_refuses_is_a_failure_with_its_words() {
        server.refuses("550 no such user");

        assertThatThrownBy(() -> POSTMAN.deliver(mail("smtp://127.0.0.1:" + server.port())))
                .isInstanceOf(DeliveryFailed.class)
                .hasMessageContaining("550 no such user");
    }

    @Test
    void an_accepted_mail_is_no_failure_however_the_connection_ends() throws DeliveryFailed {
        server.isSilentAtTheEnd();

        POSTMAN.deliver(mail("smtp://127.0.0.1:" + server.port()));

        assertThat(server.message()).contains("it failed");
    }

    @Test
    void an_answer_without_an_end_does_not_fill_the_memory() {
        server.isEndless();

        assertThatThrownBy(() -> POSTMAN.deliver(mail("smtp://127.0.0.1:" + server.port())))
                .isInstanceOf(DeliveryFailed.class)
                .hasMessageContaining("the server answers with more than 1 MiB");
    }

    @Test
    void a_password_is_not_sent_without_tls() {
        var url = "smtp://ann:secret@127.0.0.1:" + server.port();

        assertThatThrownBy(() -> POSTMAN.deliver(mail(url)))
                .isInstanceOf(DeliveryFailed.class)
                .hasMessageContaining("STARTTLS");
        assertThat(server.commands()).noneMatch(it -> it.startsWith("AUTH"));
    }

    @Test
    void a_server_without_a_trusted_certificate_gets_no_password() throws Exception {
        try (var stranger = new ToyMailServer(tls("127.0.0.1"))) {
            var url = "smtps://ann:secret@127.0.0.1:" + stranger.port();

            assertThatThrownBy(() -> POSTMAN.deliver(mail(url)))
                    .isInstanceOf(DeliveryFailed.class)
                    .hasMessageContaining("certification path");
            assertThat(stranger.commands()).isEmpty();
        }
    }

    @Test
    void a_user_and_a_password_may_have_any_character() {
        assertThat(
                        MailPostman.Account.of(
                                URI.create("smtps://a%3Ab%40c:d%3A+%25@mail.example.com")))
                .isEqualTo(new MailPostman.Account("a:b@c", "d:+%"));
    }

    @Test
    void a_service_of_this_machine_gets_no_connection() {
        var suspicious = new MailPostman(Notifier.names(STRICT, Set.of()));

        assertThatThrownBy(() -> suspicious.deliver(mail("smtp://127.0.0.1:" + server.port())))
                .isInstanceOf(DeliveryFailed.class)
                .hasMessageContaining("127.0.0.1 has a loopback address")
                .hasMessageContaining("AUTOSERVE_NOTIFY_HOSTS");
        assertThat(server.commands()).isEmpty();
    }

    /** Returns sockets with a certificate of an authority that nobody trusts. */
    private static ServerSocketFactory tls(String name)
            throws GeneralSecurityException, IOException {
        var pair = Authority.keyPair("EC", 256);
        var now = Instant.now();
        var certificate =
                new Authority()
                        .sign(pair.getPublic(), now.minusSeconds(60), now.plusSeconds(3600), name);
        var password = "of this test".toCharArray();
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("mail", pair.getPrivate(), password, new Certificate[] {certificate});
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context.getServerSocketFactory();
    }

    private static Letter.Mail mail(String server) {
        return new Letter.Mail(
                URI.create(server),
                "auto@a.test",
                "ops@b.test",
                "team-7-7-3.auto@a.test",
                Instant.parse("2026-01-01T12:00:00Z"),
                "[autoserve] shop: RolloutRolledBack",
                "it failed");
    }
}
