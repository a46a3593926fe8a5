package io.autoserve.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.access.Caller;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Scope;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Secrets.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests about secrets. A value is accepted but never returned. The body of the request
 * is the value alone and not JSON, because an error message about a JSON body could quote a part of
 * the value.
 */
final class SecretRoutes {
    private static final int MOST_CHARACTERS = 1 << 16;

    private final Platform platform;

    SecretRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listSecrets", this::list,
                "setSecret", this::set,
                "limitSecret", this::limit,
                "deleteSecret", this::delete,
                "resealSecrets", this::reseal);
    }

    private record SecretAnswer(
            String name,
            int version,
            String keyId,
            String actor,
            Instant changedAt,
            List<String> allowed,
            List<String> apps) {}

    /**
     * Returns the secret as this caller may see it. Of the apps that use it, only those in the
     * caller's scope are shown.
     */
    private static SecretAnswer told(Secret secret, Caller caller) {
        return new SecretAnswer(
                secret.name(),
                secret.version(),
                secret.keyId(),
                secret.actor(),
                secret.changedAt(),
                secret.scope().patterns(),
                secret.apps().stream().filter(caller::sees).toList());
    }

    private static Keeper keeper(Call call) {
        return new Keeper(call.by(), call.caller().role(), call.caller().apps());
    }

    private record SecretList(List<SecretAnswer> secrets) {}

    private void list(Call call) {
        var keeper = keeper(call);
        call.when(
                platform.secrets().all(),
                all ->
                        call.json(
                                200,
                                new SecretList(
                                        all.stream()
                                                .filter(secret -> keeper.sees(secret.scope()))
                                                .map(secret -> told(secret, call.caller()))
                                                .toList())));
    }

    private record Written(@JsonUnwrapped SecretAnswer secret, List<String> restarted) {}

    private void set(Call call) {
        var value = call.bodyText();
        requireUsable(value);
        call.when(
                platform.secrets()
                        .set(
                                call.required("secret"),
                                new Hidden(value),
                                wanted(call.text("apps")),
                                call.flag("restart"),
                                keeper(call)),
                done ->
                        call.json(
                                done.secret().version() == 1 ? 201 : 200,
                                new Written(told(done.secret(), call.caller()), done.restarted())));
    }

    private static @Nullable Scope wanted(@Nullable String apps) {
        return apps == null ? null : new Scope(List.of(apps.split(",")));
    }

    private static void requireUsable(String value) {
        if (value.isEmpty()) {
            throw refused("a secret must not be empty");
        }
        if (value.length() > MOST_CHARACTERS) {
            throw refused(
                    "a secret must have at most %d characters, had %d"
                            .formatted(MOST_CHARACTERS, value.length()));
        }
        if (value.indexOf('\0') >= 0) {
            throw refused(
                    "a secret must not contain NUL, because an environment variable cannot hold it");
        }
    }

    private static Rejection refused(String message) {
        return new Rejection.BadBody(List.of(FieldError.at("", message)));
    }

    private void limit(Call call) {
        var allowed =
                StreamSupport.stream(call.body().path("allowed").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList();
        call.when(
                platform.secrets().limit(call.required("secret"), new Scope(allowed), keeper(call)),
                secret -> call.json(200, told(secret, call.caller())));
    }

    private void delete(Call call) {
        call.when(
                platform.secrets().delete(call.required("secret"), keeper(call)),
                gone -> call.json(200, told(gone, call.caller())));
    }

    private void reseal(Call call) {
        call.when(platform.secrets().reseal(call.by()), done -> call.json(200, done));
    }
}
