package io.autoserve.notifications;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.autoserve.model.Event;
import io.autoserve.model.Receiver;
import io.autoserve.model.Topic;
import io.autoserve.spec.Json;
import io.autoserve.store.ReceiverTable.Destination;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A notification as it is sent.
 *
 * @see <a
 *     href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">
 *     Standard Webhooks</a>
 */
sealed interface Letter {
    /** A request by HTTP: JSON and the headers that identify and sign it. */
    record Post(String url, SequencedMap<String, String> headers, String body) implements Letter {
        public Post {
            headers = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(headers));
        }
    }

    /**
     * A mail.
     *
     * @param server with the user and the password, if it needs them
     * @param id the same if the mail is sent again
     */
    record Mail(
            URI server, String from, String to, String id, Instant at, String subject, String text)
            implements Letter {
        @Override
        public String toString() {
            return "mail " + id; // the server may have a password
        }
    }

    record WebhookBody(String receiver, List<Notice> events) {}

    record Notice(
            long seq,
            long timeline,
            Instant at,
            String topic,
            String type,
            @Nullable String app,
            String actor,
            String reason) {
        static Notice of(Event event, long timeline) {
            return new Notice(
                    event.seq(),
                    timeline,
                    event.at(),
                    Topic.of(event).map(Topic::word).orElse("test"),
                    event.type(),
                    event.app(),
                    event.actor(),
                    event.reason());
        }
    }

    record ChatMessage(String text) {}

    /**
     * Writes the notification of some events.
     *
     * @param batch at least one event
     */
    static Letter of(Receiver receiver, Destination destination, Batch batch, Instant now) {
        var events = batch.events();
        var id = id(receiver, batch, now);
        return switch (receiver.kind()) {
            case WEBHOOK -> {
                var notices = events.stream().map(it -> Notice.of(it, batch.timeline())).toList();
                var body = Json.write(new WebhookBody(receiver.name(), notices));
                yield post(destination, id, body, now);
            }
            case SLACK -> post(destination, id, Json.write(new ChatMessage(chat(events))), now);
            case EMAIL -> {
                var from = requireNonNull(destination.from());
                yield new Mail(
                        URI.create(destination.url()),
                        from,
                        requireNonNull(destination.to()),
                        "%s.%s".formatted(id, from),
                        now,
                        subject(events),
                        events.stream().map(Letter::paragraph).collect(Collectors.joining("\n\n")));
            }
        };
    }

    /**
     * Returns the id of a notification, which is the same if these events are sent again. Receivers
     * ignore an id that they know, so each test has one of its own, and so have events of another
     * timeline with the same numbers.
     */
    private static String id(Receiver receiver, Batch batch, Instant now) {
        var first = batch.events().getFirst();
        return Topic.of(first).isEmpty()
                ? "%s-test-%d".formatted(receiver.name(), now.toEpochMilli())
                : "%s-%d-%d-%d"
                        .formatted(
                                receiver.name(),
                                first.seq(),
                                batch.events().getLast().seq(),
                                batch.timeline());
    }

    private static Post post(Destination destination, String id, String body, Instant now) {
        return new Post(destination.url(), headers(destination, id, body, now), body);
    }

    private static SequencedMap<String, String> headers(
            Destination destination, String id, String body, Instant now) {
        var headers = new LinkedHashMap<String, String>();
        var time = String.valueOf(now.getEpochSecond());
        headers.put("webhook-id", id);
        headers.put("webhook-timestamp", time);
        if (destination.secret() != null) {
            var signed = "%s.%s.%s".formatted(id, time, body);
            headers.put("webhook-signature", "v1," + signature(destination.secret(), signed));
        }
        return headers;
    }

    private static String signature(String secret, String text) {
        try {
            var key = Base64.getDecoder().decode(secret.substring(Receiver.KEY_PREFIX.length()));
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
        }
    }

    private static String subject(List<Event> events) {
        var first = events.getFirst();
        var app = first.app() == null ? "" : first.app() + ": ";
        var more = events.size() == 1 ? "" : " and %d more".formatted(events.size() - 1);
        return "[autoserve] " + app + first.type() + more;
    }

    private static String paragraph(Event event) {
        var app = event.app() == null ? "" : event.app() + " ";
        return "%s%s, %s, event %d\n%s"
                .formatted(app, event.type(), event.at(), event.seq(), event.reason());
    }

    private static String chat(List<Event> events) {
        return events.stream().map(Letter::line).collect(Collectors.joining("\n"));
    }

    private static String line(Event event) {
        var app = event.app() == null ? "" : "*%s* ".formatted(event.app());
        return app + event.type() + ": " + escaped(event.reason());
    }

    /** Escapes the three characters that have a meaning in messages of Slack. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
