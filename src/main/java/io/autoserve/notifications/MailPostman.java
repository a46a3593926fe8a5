package io.autoserve.notifications;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.notifications.Postman.DeliveryFailed;
import io.autoserve.outbound.GuardedNames;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends notifications by e-mail. Each mail has a connection of its own, on a thread of its own,
 * because the library resolves names in native code. A password is sent only over TLS.
 */
final class MailPostman {
    /**
     * Servers may examine a mail for a while before they accept it, and a mail that they accept too
     * late is sent again. Clients of the API wait 30 s for the answer to a test.
     */
    private static final Duration LONGEST = Duration.ofSeconds(25);

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int SMTPS_PORT = 465;
    private static final int SMTP_PORT = 587;

    private final GuardedNames names;

    MailPostman(GuardedNames names) {
        this.names = names;
    }

    record Account(@Nullable String user, @Nullable String password) {
        static Account of(URI server) {
            var info = server.getRawUserInfo();
            if (info == null) {
                return new Account(null, null);
            }
            var colon = info.indexOf(':');
            return colon < 0
                    ? new Account(decoded(info), "")
                    : new Account(
                            decoded(info.substring(0, colon)), decoded(info.substring(colon + 1)));
        }

        /** Decodes after the division, because a user may have an encoded colon. */
        private static String decoded(String part) {
            return URLDecoder.decode(part.replace("+", "%2B"), UTF_8);
        }

        @Override
        public String toString() {
            return "(hidden)";
        }
    }

    /** A message that keeps the id that it was given. */
    private static final class Identified extends MimeMessage {
        private final String id;

        Identified(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", "<%s>".formatted(id));
        }
    }

    /** Returns once the server has accepted the mail. Blocks. */
    void deliver(Letter.Mail mail) throws DeliveryFailed {
        var sockets = new GuardedSockets(names);
        var sending =
                new FutureTask<>(() -> {
                    send(mail, sockets);
                    return mail.id();
                });
        Thread.ofPlatform().daemon().name("mail-" + mail.id()).start(sending);
        try {
            sending.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failure) {
            throw new DeliveryFailed(reason(failure.getCause()), failure);
        } catch (TimeoutException late) {
            throw new DeliveryFailed(
                    "the mail server did not accept the mail within %d s"
                            .formatted(LONGEST.toSeconds()),
                    late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new DeliveryFailed("interrupted", interrupted);
        } finally {
            sockets.close();
        }
    }

    /** Returns the message of the deepest cause, because the outer ones only name the server. */
    private static String reason(@Nullable Throwable failure) {
        var deepest = failure;
        while (deepest != null && deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest == null || deepest.getMessage() == null
                ? String.valueOf(failure)
                : deepest.getMessage().strip();
    }

    private static void send(Letter.Mail mail, GuardedSockets sockets) throws MessagingException {
        var server = mail.server();
        var account = Account.of(server);
        var tls = "smtps".equals(server.getScheme());
        var port = server.getPort() < 0 ? (tls ? SMTPS_PORT : SMTP_PORT) : server.getPort();
        var session = Session.getInstance(properties(mail, tls, account, sockets));
        var transport = session.getTransport("smtp");
        try {
            transport.connect(server.getHost(), port, account.user(), account.password());
            var message = message(session, mail);
            transport.sendMessage(message, message.getAllRecipients());
        } finally {
            close(transport);
        }
    }

    /** Ignores failures: the server has already accepted or refused the mail. */
    private static void close(Transport transport) {
        try {
            transport.close();
        } catch (MessagingException _) {
            // an accepted mail would otherwise be sent again
        }
    }

    private static Properties properties(
            Letter.Mail mail, boolean tls, Account account, GuardedSockets sockets) {
        var properties = new Properties();
        properties.put("mail.smtp.socketFactory", sockets);
        properties.put("mail.smtp.socketFactory.fallback", "false"); // an unguarded connection
        properties.put("mail.smtp.ssl.enable", String.valueOf(tls));
        properties.put("mail.smtp.ssl.checkserveridentity", "true");
        properties.put("mail.smtp.starttls.enable", String.valueOf(!tls));
        properties.put(
                "mail.smtp.starttls.required", String.valueOf(!tls && account.user() != null));
        properties.put("mail.smtp.auth", String.valueOf(account.user() != null));
        properties.put("mail.smtp.connectiontimeout", String.valueOf(CONNECT.toMillis()));
        properties.put("mail.smtp.timeout", String.valueOf(LONGEST.toMillis()));
        properties.put("mail.smtp.quitwait", "false"); // nothing depends on the answer
        properties.put("mail.smtp.from", mail.from());
        // without it, the library asks the name servers for the name of this machine
        properties.put("mail.smtp.localhost", mail.from().substring(mail.from().indexOf('@') + 1));
        return properties;
    }

    private static MimeMessage message(Session session, Letter.Mail mail)
            throws MessagingException {
        var message = new Identified(session, mail.id());
        message.setFrom(new InternetAddress(mail.from(), true));
        message.setRecipient(RecipientType.TO, new InternetAddress(mail.to(), true));
        message.setSubject(mail.subject(), UTF_8.name());
        message.setText(mail.text(), UTF_8.name());
        message.setHeader(
                "Date",
                DateTimeFormatter.RFC_1123_DATE_TIME.format(mail.at().atOffset(ZoneOffset.UTC)));
        message.setHeader("Auto-Submitted", "auto-generated"); // so that nobody answers it
        message.saveChanges();
        return message;
    }
}
