package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.Hidden;
import io.autoserve.model.Receiver;
import io.autoserve.model.Scope;
import io.autoserve.model.Topic;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Receivers.Wish;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests about the receivers of notifications. No answer contains a URL or a key. */
final class ReceiverRoutes {
    private static final Set<String> WEB = Set.of("https", "http");
    private static final Set<String> MAIL = Set.of("smtps", "smtp");
    private static final int HIGHEST_PORT = 65_535;

    private final Platform platform;

    ReceiverRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listReceivers", this::list,
                "setReceiver", this::set,
                "removeReceiver", this::remove,
                "testReceiver", this::test);
    }

    private record ReceiverList(List<ReceiverAnswer> receivers) {}

    private record ReceiverAnswer(
            String name,
            ReceiverKind kind,
            String host,
            List<String> topics,
            List<String> apps,
            String actor,
            Instant changedAt,
            long seq,
            int failures,
            @Nullable Instant failingSince,
            @Nullable Instant dueAt,
            @Nullable String trouble) {
        enum ReceiverKind {
            Webhook,
            Slack,
            Email;

            static ReceiverKind of(Receiver.Form form) {
                return switch (form) {
                    case WEBHOOK -> Webhook;
                    case SLACK -> Slack;
                    case EMAIL -> Email;
                };
            }

            Receiver.Form form() {
                return switch (this) {
                    case Webhook -> Receiver.Form.WEBHOOK;
                    case Slack -> Receiver.Form.SLACK;
                    case Email -> Receiver.Form.EMAIL;
                };
            }
        }

        static ReceiverAnswer of(Receiver receiver) {
            return new ReceiverAnswer(
                    receiver.name(),
                    ReceiverKind.of(receiver.kind()),
                    receiver.host(),
                    receiver.topics().stream().map(Topic::word).toList(),
                    receiver.apps().patterns(),
                    receiver.actor(),
                    receiver.changedAt(),
                    receiver.seq(),
                    receiver.failures(),
                    receiver.failingSince(),
                    receiver.dueAt(),
                    receiver.trouble());
        }
    }

    private void list(Call call) {
        call.when(
                platform.receivers().all(),
                all ->
                        call.json(
                                200,
                                new ReceiverList(all.stream().map(ReceiverAnswer::of).toList())));
    }

    private void set(Call call) {
        call.when(
                platform.receivers().set(wish(call.required("receiver"), call.body()), call.by()),
                receiver -> call.json(200, ReceiverAnswer.of(receiver)));
    }

    private static Wish wish(String name, JsonNode body) {
        var secret = body.path("secret").textValue();
        var apps = new ArrayList<String>();
        body.path("apps").forEach(app -> apps.add(app.asText()));
        var topics = new ArrayList<Topic>();
        body.path("topics").forEach(word -> Topic.named(word.asText()).ifPresent(topics::add));
        var form = ReceiverAnswer.ReceiverKind.valueOf(body.path("kind").asText()).form();
        var mail = form == Receiver.Form.EMAIL;
        return new Wish(
                name,
                form,
                mail ? server(body.path("url").asText()) : url(body.path("url").asText()),
                secret == null ? null : key(secret),
                address(mail, body, "to"),
                address(mail, body, "from"),
                topics.stream().distinct().toList(),
                apps.isEmpty() ? Scope.EVERYTHING : scope(apps));
    }

    private static Hidden key(String secret) {
        try {
            var _ = Base64.getDecoder().decode(secret.substring(Receiver.KEY_PREFIX.length()));
            return new Hidden(secret);
        } catch (IllegalArgumentException _) {
            throw faulty("/secret", "must be 'whsec_' and 24 to 96 bytes in Base64");
        }
    }

    private static Scope scope(List<String> apps) {
        try {
            return new Scope(apps);
        } catch (IllegalArgumentException invalid) {
            throw faulty("/apps", String.valueOf(invalid.getMessage()));
        }
    }

    /** Refuses a URL with a password, which would become part of messages. */
    private static URI url(String text) {
        return url(text, WEB)
                .filter(url -> url.getUserInfo() == null)
                .orElseThrow(() ->
                        faulty("/url", "must be a URL like https://hooks.example.com/services/1"));
    }

    private static URI server(String text) {
        return url(text, MAIL)
                .filter(url -> Set.of("", "/").contains(url.getPath()) && url.getQuery() == null)
                .orElseThrow(() ->
                        faulty(
                                "/url",
                                "must be a URL like smtps://user:password@mail.example.com"));
    }

    private static Optional<URI> url(String text, Set<String> schemes) {
        try {
            return Optional.of(URI.create(text))
                    .filter(url -> schemes.contains(String.valueOf(url.getScheme())))
                    .filter(url -> url.getHost() != null && url.getPort() <= HIGHEST_PORT);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static @Nullable String address(boolean mail, JsonNode body, String field) {
        var address = body.path(field).textValue();
        if (mail == (address == null)) {
            throw faulty(
                    "/" + field,
                    mail
                            ? "is missing: e-mail needs it"
                            : "has no effect without e-mail: remove it");
        }
        return address;
    }

    private static Rejection faulty(String pointer, String message) {
        return new Rejection.BadBody(List.of(FieldError.at(pointer, message)));
    }

    private void remove(Call call) {
        call.when(
                platform.receivers().remove(call.required("receiver"), call.by()),
                gone -> call.json(200, ReceiverAnswer.of(gone)));
    }

    private record TestAnswer(boolean delivered, @Nullable String trouble) {
        static TestAnswer of(Optional<String> trouble) {
            return new TestAnswer(trouble.isEmpty(), trouble.orElse(null));
        }
    }

    private void test(Call call) {
        call.when(
                platform.receivers().test(call.required("receiver"), call.author()),
                trouble -> call.json(200, TestAnswer.of(trouble)));
    }
}
