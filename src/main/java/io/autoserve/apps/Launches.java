package io.autoserve.apps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.AppSpec.Variable.Key;
import io.autoserve.model.AppTask;
import io.autoserve.model.Instance;
import io.autoserve.model.Launch;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts a user's spec into what the engine needs to start a container. */
final class Launches {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Secrets secrets;

    Launches(Secrets secrets) {
        this.secrets = secrets;
    }

    /**
     * Builds the launch of an instance. Throws a {@link Refusal} if the spec names a secret that
     * does not exist.
     */
    Launch of(App app, Instance instance, Term term) {
        var spec = app.spec();
        return new Launch(
                instance.name(),
                app.name(),
                instance.index(),
                instance.id(),
                instance.revision(),
                term,
                spec.image(),
                spec.pullPolicy(),
                registryAuth(spec.registryAuth()),
                environment(app, new Holder(instance.name(), instance.port(), instance.revision())),
                addressVariables(spec.environment()),
                spec.command(),
                spec.args(),
                spec.workingDir(),
                spec.user(),
                spec.labels(),
                spec.volumes(),
                spec.resources(),
                spec.security(),
                spec.logs());
    }

    /**
     * Builds the launch of a task. Its command replaces the command and the arguments of the app.
     */
    Launch of(AppTask of, Term term) {
        var app = of.app();
        var task = of.task();
        var spec = app.spec();
        return new Launch(
                task.containerName(),
                app.name(),
                0,
                task.id(),
                task.revision(),
                term,
                spec.image(),
                spec.pullPolicy(),
                registryAuth(spec.registryAuth()),
                environment(app, new Holder(task.containerName(), spec.port(), task.revision())),
                addressVariables(spec.environment()),
                task.command(),
                List.of(),
                spec.workingDir(),
                spec.user(),
                spec.labels(),
                spec.volumes(),
                spec.resources(),
                spec.security(),
                spec.logs(),
                task.number(),
                true);
    }

    /** The container that gets the variables. */
    private record Holder(String name, int port, int revision) {}

    private @Nullable String registryAuth(@Nullable String secret) {
        return secret == null ? null : read(secret, null);
    }

    private Map<String, String> environment(App app, Holder holder) {
        var values = new LinkedHashMap<String, String>();
        for (var variable : app.spec().environment()) {
            switch (variable) {
                case Variable.Literal(var name, var value) -> values.put(name, value);
                case Variable.FromSecret(var name, var secret, var field) ->
                        values.put(name, read(secret, field));
                case Variable.FromInstance(var name, var key) -> {
                    if (key != Key.INSTANCE_IP) {
                        values.put(name, value(key, app, holder));
                    }
                }
            }
        }
        return values;
    }

    private static String value(Key key, App app, Holder holder) {
        return switch (key) {
            case INSTANCE_NAME -> holder.name();
            case INSTANCE_PORT -> Integer.toString(holder.port());
            case APP_NAME -> app.name();
            case APP_REPLICAS -> Integer.toString(app.wanted());
            case APP_REVISION -> Integer.toString(holder.revision());
            case INSTANCE_IP ->
                    throw new IllegalArgumentException(
                            "an instance has no address before its container is created");
        };
    }

    private static List<String> addressVariables(List<Variable> environment) {
        var names = new ArrayList<String>();
        for (var variable : environment) {
            if (variable instanceof Variable.FromInstance(var name, var key)
                    && key == Key.INSTANCE_IP) {
                names.add(name);
            }
        }
        return names;
    }

    /**
     * @param field null for the whole value
     */
    private String read(String secret, @Nullable String field) {
        var value =
                secrets.read(secret)
                        .orElseThrow(() ->
                                Refusal.conflict("secret '%s' does not exist".formatted(secret)))
                        .reveal();
        return field == null ? value : field(secret, value, field);
    }

    private static String field(String secret, String value, String field) {
        var found = tree(secret, value).path(field);
        if (!found.isValueNode() || found.isNull()) {
            throw Refusal.conflict("secret '%s' has no field '%s'".formatted(secret, field));
        }
        return found.asText();
    }

    /** Parses the secret. The error omits Jackson's message, which would quote the value. */
    private static JsonNode tree(String secret, String value) {
        try {
            return JSON.readTree(value);
        } catch (JsonProcessingException _) {
            throw Refusal.conflict(
                    "secret '%s' is not a JSON object, so it has no fields".formatted(secret));
        }
    }
}
