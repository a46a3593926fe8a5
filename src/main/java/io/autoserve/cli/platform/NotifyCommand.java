package io.autoserve.cli.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import io.autoserve.model.Receiver;
import io.autoserve.model.Topic;
import java.io.IOException;
import java.net.URLEncoder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Adds, lists, tests and removes the receivers of notifications. */
@Command(
        name = "notify",
        header = "Notify people or another system of events",
        description = {
            "Events are sent in their order and at least once, also if the leader changes or the"
                    + " receiver is away. A receiver that fails is tried again for a day."
        },
        subcommands = {
            NotifyCommand.AddReceiverCommand.class,
            NotifyCommand.ListReceiversCommand.class,
            NotifyCommand.TestReceiverCommand.class,
            NotifyCommand.RemoveReceiverCommand.class
        },
        synopsisSubcommandLabel = "add|list|test|remove",
        footer = {
            "%nExamples",
            "  autoserve notify add team --slack https://hooks.slack.com/services/T0/B0/x",
            "  autoserve notify test team"
        })
public final class NotifyCommand {
    private static final String PATH = "/api/v1/receivers";

    private static String path(String name) {
        return PATH + "/" + Api.segment(name);
    }

    private static String words(JsonNode list) {
        var words = new ArrayList<String>();
        list.forEach(word -> words.add(word.asText()));
        return String.join(",", words);
    }

    @Command(
            name = "add",
            header = "Add a receiver of notifications, or replace it",
            description = {
                "A webhook gets JSON with the headers of Standard Webhooks. The key of their"
                        + " signature is printed to standard output, and only once. A Slack URL"
                        + " gets the text of a message, which Mattermost and others accept too. An"
                        + " address gets mails.",
                "Topics: deployed, rolled-back, instance-failed, certificate, routes, front-door,"
                        + " standby, node, leader."
            },
            footer = {
                "%nExamples",
                "  autoserve notify add team --slack https://hooks.slack.com/services/T0/B0/x",
                "  autoserve notify add ops --slack https://chat.example.com/x --app 'shop-*'",
                "  autoserve notify add pager --webhook https://pager.example.com/in > key",
                "  autoserve notify add log --webhook https://log.example.com --on deployed"
            })
    static final class AddReceiverCommand extends ClientCommand {
        private static final List<String> USUAL =
                List.of(
                        Topic.ROLLED_BACK.word(),
                        Topic.INSTANCE_FAILED.word(),
                        Topic.CERTIFICATE.word(),
                        Topic.ROUTES.word(),
                        Topic.FRONT_DOOR.word(),
                        Topic.STANDBY.word());
        private static final int KEY_BYTES = 32;
        private static final Pattern USER_ALONE = Pattern.compile("(smtps?://[^:@/]+)(@.*)");

        @Parameters(paramLabel = "NAME", description = "The name of the receiver.")
        private String name;

        @Option(
                names = "--webhook",
                paramLabel = "URL",
                description =
                        "Post JSON with a signature to this URL. With -, the URL is read from the"
                                + " terminal or from standard input.")
        private @Nullable String webhook;

        @Option(
                names = "--slack",
                paramLabel = "URL",
                description =
                        "Post messages to this URL of a chat. With -, the URL is read from the"
                                + " terminal or from standard input.")
        private @Nullable String slack;

        @Option(
                names = "--email",
                paramLabel = "ADDRESS",
                description = "Send mails to this address. Needs --smtp and --from.")
        private @Nullable String email;

        @Option(
                names = "--smtp",
                paramLabel = "URL",
                description =
                        "The server that accepts the mails: smtps://user@mail.example.com, or"
                                + " smtp:// with STARTTLS. The password of the user is read from"
                                + " the terminal or from standard input, because other users of the"
                                + " machine can see the options of a command.")
        private @Nullable String server;

        @Option(names = "--from", paramLabel = "ADDRESS", description = "The sender of the mails.")
        private @Nullable String sender;

        @Option(
                names = "--on",
                split = ",",
                paramLabel = "TOPICS",
                description =
                        "Notify of these topics, separated by commas (default: all except"
                                + " deployed, node and leader).")
        private List<String> topics = List.of();

        @Option(
                names = "--app",
                paramLabel = "PATTERN",
                description =
                        "Notify only of apps whose names match PATTERN, such as 'shop-*'; can be"
                                + " repeated (default: all apps, and events about no app).")
        private List<String> apps = List.of();

        @Mixin private OutputOption output;

        @Override
        public void run() {
            if (given(webhook) + given(slack) + given(email) != 1) {
                throw new ParameterException(
                        commandLine(), "use one of --webhook, --slack and --email");
            }
            if (given(server) != given(email) || given(sender) != given(email)) {
                throw new ParameterException(
                        commandLine(), "--email needs --smtp and --from, and they need --email");
            }
            topics.forEach(this::requireKnown);
            var body = JsonNodeFactory.instance.objectNode();
            if (email == null) {
                body.put("kind", webhook == null ? "Slack" : "Webhook");
                body.put("url", url(requireNonNull(webhook == null ? slack : webhook)));
            } else {
                body.put("kind", "Email")
                        .put("url", withPassword(requireNonNull(server)))
                        .put("to", email)
                        .put("from", sender);
            }
            (topics.isEmpty() ? USUAL : topics).forEach(body.putArray("topics")::add);
            if (!apps.isEmpty()) {
                apps.forEach(body.putArray("apps")::add);
            }
            var key = webhook == null ? "" : key();
            if (!key.isEmpty()) {
                body.put("secret", key);
            }
            var set = api().send("PUT", path(name), Api.Body.json(body.toString()));
            output.print(terminal(), set, () -> show(set));
            if (!key.isEmpty()) {
                terminal().aside("Verify requests with this key, which is shown only once:");
                shown(key);
            }
        }

        /** Reads the password if the URL has a user without one. */
        private String withPassword(String url) {
            var parts = USER_ALONE.matcher(url);
            if (!parts.matches()) {
                return url;
            }
            var password = typed("Password of the mail server: ");
            if (password.isEmpty()) {
                throw new ParameterException(
                        commandLine(), "--smtp: the password is empty: write it to standard input");
            }
            var encoded = URLEncoder.encode(password, UTF_8).replace("+", "%20");
            return parts.group(1) + ":" + encoded + parts.group(2);
        }

        private String url(String given) {
            return given.equals("-") ? typed("URL: ").strip() : given;
        }

        private String typed(String question) {
            try {
                return terminal().secret(question);
            } catch (IOException e) {
                throw CommandFailure.of(Exit.FAILED, "standard input cannot be read: " + e, e);
            }
        }

        private static int given(@Nullable String option) {
            return option == null ? 0 : 1;
        }

        private void requireKnown(String topic) {
            if (Topic.named(topic).isEmpty()) {
                throw new ParameterException(
                        commandLine(),
                        "--on: '%s' is no topic: use %s"
                                .formatted(
                                        topic,
                                        Stream.of(Topic.values())
                                                .map(Topic::word)
                                                .collect(Collectors.joining(", "))));
            }
        }

        /** Keeps the key apart from an answer that a program reads. */
        private void shown(String key) {
            if (output.forPeople()) {
                terminal().line(key);
            } else {
                terminal().aside(key);
            }
        }

        private static String key() {
            var bytes = new byte[KEY_BYTES];
            new SecureRandom().nextBytes(bytes);
            return Receiver.KEY_PREFIX + Base64.getEncoder().encodeToString(bytes);
        }

        private void show(JsonNode set) {
            terminal()
                    .aside(
                            "Receiver '%s' at %s is notified of %s. Run 'autoserve notify test %s'."
                                    .formatted(
                                            name,
                                            set.path("host").asText(),
                                            words(set.path("topics")),
                                            name));
        }
    }

    @Command(
            name = "list",
            header = "List the receivers, and whether they accept notifications",
            footer = {"%nExample", "  autoserve notify list"})
    static final class ListReceiversCommand extends ClientCommand {
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get(PATH);
            output.print(terminal(), answer, () -> table(answer.path("receivers")));
        }

        private void table(JsonNode receivers) {
            var table =
                    new Table("")
                            .header(
                                    terminal(),
                                    "NAME",
                                    "KIND",
                                    "HOST",
                                    "TOPICS",
                                    "APPS",
                                    "FAILURES",
                                    "PROBLEM");
            for (var receiver : receivers) {
                table.row(
                        receiver.path("name").asText(),
                        receiver.path("kind").asText(),
                        receiver.path("host").asText(),
                        words(receiver.path("topics")),
                        words(receiver.path("apps")),
                        receiver.path("failures").asText(),
                        receiver.path("trouble").asText(""));
            }
            table.print(terminal());
        }
    }

    @Command(
            name = "test",
            header = "Send a notification at once, and fail if it is not accepted",
            footer = {"%nExample", "  autoserve notify test team"})
    static final class TestReceiverCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The name of the receiver.")
        private String name;

        @Override
        public void run() {
            var answer = api().post(path(name) + "/test");
            if (!answer.path("delivered").asBoolean()) {
                throw CommandFailure.of(
                        Exit.FAILED,
                        "receiver '%s' did not accept the notification: %s"
                                .formatted(name, answer.path("trouble").asText()));
            }
            terminal()
                    .line(
                            terminal().paint(Paint.GOOD, "✓")
                                    + " receiver '%s' accepted a notification".formatted(name));
        }
    }

    @Command(
            name = "remove",
            header = "Remove a receiver",
            footer = {"%nExample", "  autoserve notify remove team"})
    static final class RemoveReceiverCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The name of the receiver.")
        private String name;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var gone = api().delete(path(name));
            output.print(
                    terminal(),
                    gone,
                    () -> terminal().line("Receiver '%s' is removed".formatted(name)));
        }
    }
}
