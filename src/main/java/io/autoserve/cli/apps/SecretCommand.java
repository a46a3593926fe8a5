package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.Origin;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Table;
import io.autoserve.model.Refusal;
import io.autoserve.secrets.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Manages secrets, which containers can read and no command shows. */
@Command(
        name = "secret",
        header = "Manage secrets, which only containers can read",
        description = {
            "An app names a secret in its environment: {name: DB_PASSWORD, source: secret, key:"
                    + " db-password}. The value is passed only to the app's containers; no"
                    + " command shows it."
        },
        subcommands = {
            SecretCommand.SetSecretCommand.class,
            SecretCommand.LimitSecretCommand.class,
            SecretCommand.ListSecretsCommand.class,
            SecretCommand.DeleteSecretCommand.class,
            SecretCommand.RotateKeyCommand.class
        },
        synopsisSubcommandLabel = "set|limit|list|delete|rotate-key",
        footer = {
            "%nExamples",
            "  autoserve secret set db-password",
            "  autoserve secret set db-password --restart <password.txt",
            "  autoserve secret list"
        })
public final class SecretCommand {
    private static final String PATH = "/api/v1/secrets/";
    private static final String PATTERNS =
            "Limit the secret to apps whose names match PATTERN, such as 'shop-*'; can be"
                    + " repeated.";

    @Command(
            name = "set",
            header = "Set the value of a secret, as its next version",
            description = {
                "The value is read from standard input, without the line break at its end. On a"
                        + " terminal the command asks for the value and does not show it. Running"
                        + " containers keep the value that they were created with, unless"
                        + " --restart replaces them.",
                "--apps limits which apps may use the secret: the specs of other apps cannot name"
                        + " it. A deployer may set the secret if the deployer's token covers all"
                        + " apps that may use the secret. Without --apps, an existing secret keeps"
                        + " its limit, and a new one is limited to the apps of the token (for an"
                        + " admin, all apps). 'secret limit' changes the limit without a new"
                        + " value."
            },
            footer = {
                "%nExamples",
                "  autoserve secret set db-password",
                "  autoserve secret set shop-db --apps 'shop-*'",
                "  openssl rand -base64 24 | autoserve secret set session-key --restart",
                "  autoserve secret set tls-key --from-file key.pem"
            })
    static final class SetSecretCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The secret.")
        private String name;

        @Option(
                names = "--from-file",
                paramLabel = "FILE",
                description = "Read the value from this file, unchanged.")
        private @Nullable Path file;

        @Option(names = "--apps", split = ",", paramLabel = "PATTERN", description = PATTERNS)
        private List<String> apps = List.of();

        @Option(
                names = "--restart",
                description =
                        "Restart the apps that use the secret, following their rollout rules.")
        private boolean restart;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var body = new Api.Body("text/plain", value(), Origin.NONE);
            var answer = api().send("PUT", PATH + Api.segment(name) + query(), body);
            output.print(terminal(), answer, () -> terminal().line(message(answer)));
        }

        private String query() {
            var query = new LinkedHashMap<String, String>();
            if (!apps.isEmpty()) {
                query.put("apps", String.join(",", apps));
            }
            if (restart) {
                query.put("restart", "true");
            }
            return Api.query(query);
        }

        private String value() {
            try {
                return file == null
                        ? terminal().secret("Value of %s: ".formatted(name))
                        : Files.readString(file);
            } catch (NoSuchFileException e) {
                throw CommandFailure.of(Exit.NOT_FOUND, "there is no file " + file, e);
            } catch (IOException e) {
                throw CommandFailure.of(Exit.FAILED, "the value cannot be read: " + e, e);
            }
        }

        private String message(JsonNode answer) {
            var text = "%s is now at version %d".formatted(name, answer.path("version").asInt());
            var restarted = words(answer.path("restarted"));
            var behind = words(answer.path("apps"));
            behind.removeAll(restarted);
            if (!restarted.isEmpty()) {
                text += "; restarting " + String.join(", ", restarted);
            }
            return behind.isEmpty()
                    ? text
                    : text
                            + "; run 'autoserve restart' to pass the new value to "
                            + String.join(", ", behind);
        }
    }

    @Command(
            name = "limit",
            header = "Choose which apps can use a secret",
            description = {
                "The value does not change. The limit must permit every app that uses the secret,"
                        + " or would use it after a rollback. A deployer's token must cover all"
                        + " apps that may use the secret, before and after the change."
            },
            footer = {
                "%nExamples",
                "  autoserve secret limit shop-db --apps 'shop-*'",
                "  autoserve secret limit mail --apps shop-web --apps blog",
                "  autoserve secret limit mail --all"
            })
    static final class LimitSecretCommand extends ClientCommand {
        private static final ObjectMapper JSON = new ObjectMapper();

        @Parameters(paramLabel = "NAME", description = "The secret.")
        private String name;

        @ArgGroup(multiplicity = "1")
        private AllowedApps allowed = new AllowedApps();

        @Mixin private OutputOption output;

        /** The apps that may use the secret: all apps, or those that match a pattern. */
        static final class AllowedApps {
            @Option(names = "--apps", split = ",", paramLabel = "PATTERN", description = PATTERNS)
            private List<String> apps = List.of();

            @Option(names = "--all", description = "Allow all apps, including future ones.")
            private boolean all;

            List<String> patterns() {
                return all ? List.of("*") : apps;
            }
        }

        @Override
        public void run() {
            var body = JSON.createObjectNode();
            allowed.patterns().forEach(body.putArray("allowed")::add);
            var answer =
                    api().send(
                                    "PUT",
                                    PATH + Api.segment(name) + "/apps",
                                    Api.Body.json(body.toString()));
            output.print(terminal(), answer, () -> terminal().line(message(answer)));
        }

        private String message(JsonNode answer) {
            var allowed = words(answer.path("allowed"));
            return "%s can be used by %s"
                    .formatted(
                            name, allowed.contains("*") ? "all apps" : String.join(", ", allowed));
        }
    }

    @Command(
            name = "list",
            header = "List the secrets, who set them and which apps use them",
            footer = {"%nExample", "  autoserve secret list"})
    static final class ListSecretsCommand extends ClientCommand {
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get("/api/v1/secrets");
            output.print(terminal(), answer, () -> table(answer.path("secrets")));
        }

        private void table(JsonNode secrets) {
            if (secrets.isEmpty()) {
                terminal()
                        .line(
                                "There are no secrets yet. Run 'autoserve secret set NAME' to"
                                        + " create one.");
                return;
            }
            var table =
                    new Table("")
                            .header(
                                    terminal(),
                                    "NAME",
                                    "VERSION",
                                    "BY",
                                    "AGE",
                                    "KEY",
                                    "FOR",
                                    "USED BY");
            for (var secret : secrets) {
                table.row(
                        secret.path("name").asText(),
                        String.valueOf(secret.path("version").asInt()),
                        secret.path("actor").asText(),
                        HumanUnits.age(secret.path("changedAt").asText(), now()),
                        secret.path("keyId").asText(),
                        String.join(", ", words(secret.path("allowed"))),
                        String.join(", ", words(secret.path("apps"))));
            }
            table.print(terminal());
        }
    }

    @Command(
            name = "delete",
            header = "Delete a secret; refused while an app uses it",
            footer = {"%nExample", "  autoserve secret delete db-password"})
    static final class DeleteSecretCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The secret.")
        private String name;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().delete(PATH + Api.segment(name));
            output.print(terminal(), answer, () -> terminal().line(name + " is deleted"));
        }
    }

    @Command(
            name = "rotate-key",
            header = "Seal all stored values again with the newest key",
            description = {
                "The controllers' key file (AUTOSERVE_SECRET_KEY_FILE) has one key on each line."
                        + " The last key seals values. The earlier keys open the values that they"
                        + " sealed. With --add-to, the command appends a new key to that file before"
                        + " it seals the values again. If controllers run on several machines, do"
                        + " not use --add-to. Append a new key by hand, copy the file to all"
                        + " machines, and then run the command. Afterwards you can remove the old"
                        + " keys."
            },
            footer = {
                "%nExamples",
                "  autoserve secret rotate-key --add-to .autoserve/secrets/secret-key",
                "  autoserve secret rotate-key"
            })
    static final class RotateKeyCommand extends ClientCommand {
        /** The authority of the platform copies a changed key file to the controllers. */
        private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

        private static final int TRIES = 60;

        @Option(
                names = "--add-to",
                paramLabel = "FILE",
                description = "First append a new key to this key file.")
        private @Nullable Path file;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var before = file == null ? Optional.<String>empty() : newest(file);
            if (file != null) {
                add(file);
            }
            var answer = reseal(before);
            output.print(
                    terminal(),
                    answer,
                    () ->
                            terminal()
                                    .line(
                                            ("all values are sealed with key %s; %d were sealed"
                                                            + " again")
                                                    .formatted(
                                                            answer.path("keyId").asText(),
                                                            answer.path("resealed").asInt())));
        }

        /** Returns the id of the key that sealed values so far, or empty if the file has none. */
        private static Optional<String> newest(Path file) {
            try {
                return Optional.of(new KeyFile(file, new SecureRandom()).newest());
            } catch (Refusal noKey) {
                return Optional.empty();
            }
        }

        /**
         * Repeats the request while the controllers do not have the new key yet.
         *
         * @param before id of the key that sealed values before a new one was added
         */
        private JsonNode reseal(Optional<String> before) {
            for (var left = TRIES; ; left--) {
                var answer = api().post("/api/v1/secret-keys/reseal");
                var used = answer.path("keyId").asText();
                if (before.filter(used::equals).isEmpty()) {
                    return answer;
                }
                if (left == 0) {
                    throw CommandFailure.of(
                            Exit.FAILED,
                            ("the controllers still seal with key %s, so they do not have the new"
                                            + " key of %s yet: give them that file ('autoserve"
                                            + " platform up' does it), then run 'autoserve secret"
                                            + " rotate-key'")
                                    .formatted(used, file));
                }
                pause();
            }
        }

        private static void pause() {
            try {
                Thread.sleep(BETWEEN_TRIES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailure.of(Exit.FAILED, "interrupted", e);
            }
        }

        private static void add(Path file) {
            if (!Files.exists(file)) {
                throw CommandFailure.of(Exit.NOT_FOUND, "there is no file " + file);
            }
            try {
                KeyFile.add(file, new SecureRandom());
            } catch (IOException e) {
                throw CommandFailure.of(
                        Exit.FAILED, "%s cannot be written: %s".formatted(file, e), e);
            }
        }
    }

    private static List<String> words(JsonNode list) {
        var words = new ArrayList<String>();
        list.forEach(word -> words.add(word.asText()));
        return words;
    }
}
