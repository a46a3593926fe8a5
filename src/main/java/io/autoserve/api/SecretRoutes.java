package io.autoserve.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.api.Problem.Fault;
import io.autoserve.api.Secrets.Secret;
import io.autoserve.model.Hidden;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Secrets come in and never go out. A value is the body itself: wrapped in JSON, a fault in it
 * would be told with a part of the value.
 */
final class SecretRoutes {
    private static final int MOST_CHARACTERS = 1 << 16;

    private final Secrets secrets;

    SecretRoutes(Secrets secrets) {
        this.secrets = secrets;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listSecrets", this::list,
                "setSecret", this::set,
                "deleteSecret", this::delete,
                "resealSecrets", this::reseal);
    }

    private record SecretList(List<Secret> secrets) {}

    private void list(Call call) {
        call.when(secrets.all(), all -> call.json(200, new SecretList(all)));
    }

    private record Written(@JsonUnwrapped Secret secret, List<String> restarted) {}

    private void set(Call call) {
        var value = call.bodyText();
        requireUsable(value);
        call.when(
                secrets.set(
                        call.required("secret"),
                        new Hidden(value),
                        call.flag("restart"),
                        call.actor()),
                done ->
                        call.json(
                                done.secret().version() == 1 ? 201 : 200,
                                new Written(done.secret(), done.restarted())));
    }

    private static void requireUsable(String value) {
        if (value.isEmpty()) {
            throw refused("a secret must not be empty");
        }
        if (value.length() > MOST_CHARACTERS) {
            throw refused(
                    "a secret may have at most %d characters, was %d"
                            .formatted(MOST_CHARACTERS, value.length()));
        }
        if (value.indexOf('\0') >= 0) {
            throw refused("a secret must be text without NUL, or no variable could hold it");
        }
    }

    private static Rejection refused(String message) {
        return new Rejection.BadBody(List.of(Fault.at("", message)));
    }

    private void delete(Call call) {
        call.when(
                secrets.delete(call.required("secret"), call.actor()),
                gone -> call.json(200, gone));
    }

    private void reseal(Call call) {
        call.when(secrets.reseal(call.actor()), done -> call.json(200, done));
    }
}
