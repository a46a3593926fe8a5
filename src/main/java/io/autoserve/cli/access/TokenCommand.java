package io.autoserve.cli.access;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import io.autoserve.spec.Amounts;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Creates, lists and revokes tokens. */
@Command(
        name = "token",
        header = "Create, list and revoke tokens",
        subcommands = {
            TokenCommand.CreateTokenCommand.class,
            TokenCommand.ListTokensCommand.class,
            TokenCommand.RevokeTokenCommand.class
        },
        synopsisSubcommandLabel = "create|list|revoke",
        footer = {
            "%nExamples",
            "  autoserve token create ci --role deployer --app 'shop-*' --expires 90d > token",
            "  autoserve token create grafana --role viewer",
            "  autoserve token create shop --role deployer --app 'shop-*' --max-memory 2Gi",
            "  autoserve token revoke ci"
        })
public final class TokenCommand {
    private static final String PATH = "/api/v1/tokens";

    private static String texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.joining(", "));
    }

    @Command(
            name = "create",
            header = "Create a token; it is shown only once",
            description = "Only the token is printed to standard output.",
            footer = {
                "%nExamples",
                "  autoserve token create ci --role deployer --app 'shop-*' --expires 90d > token",
                "  autoserve token create ci --role deployer --domains '*.example.com' > token"
            })
    static final class CreateTokenCommand extends ClientCommand {
        enum TokenRole {
            viewer,
            deployer,
            admin
        }

        @Parameters(
                paramLabel = "NAME",
                description = "The name of the token. Events record it as the actor.")
        private String name;

        @Option(
                names = "--role",
                required = true,
                paramLabel = "ROLE",
                description =
                        "A viewer can read. A deployer can also change apps. An admin can also"
                                + " create and revoke tokens.")
        private TokenRole role;

        @Option(
                names = "--app",
                paramLabel = "PATTERN",
                description =
                        "Limit the token to apps whose names match PATTERN, such as 'shop-*';"
                                + " can be repeated (default: all apps).")
        private List<String> apps = List.of();

        @Option(
                names = "--domains",
                split = ",",
                paramLabel = "HOSTS",
                description =
                        "Limit the domains that the token can give to apps to these hosts, separated"
                                + " by commas. '*.example.com' stands for all names below"
                                + " example.com, at any depth (default: all hosts).")
        private List<String> domains = List.of();

        @Option(
                names = "--max-instances",
                paramLabel = "N",
                description =
                        "Limit how many instances all apps of the token can have together,"
                                + " including those that a rollout adds (default: no limit).")
        private @Nullable Integer maxInstances;

        @Option(
                names = "--max-memory",
                paramLabel = "SIZE",
                description =
                        "Limit the memory that all apps of the token can use together, such as 2Gi"
                                + " (default: no limit).")
        private @Nullable String maxMemory;

        @Option(
                names = "--max-cpu",
                paramLabel = "CORES",
                description =
                        "Limit the cores that all apps of the token can use together, such as 4 or"
                                + " 500m (default: no limit).")
        private @Nullable String maxCpu;

        @Option(
                names = "--expires",
                paramLabel = "SPAN",
                description = "Let the token expire after this time, such as 90d (default: never).")
        private @Nullable Duration expires;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var body = JsonNodeFactory.instance.objectNode();
            body.put("name", name).put("role", role.name());
            if (!apps.isEmpty()) {
                apps.forEach(body.putArray("apps")::add);
            }
            if (!domains.isEmpty()) {
                domains.forEach(body.putArray("domains")::add);
            }
            if (expires != null) {
                body.put("expiresAt", now().plus(expires).toString());
            }
            if (maxInstances != null || maxMemory != null || maxCpu != null) {
                quota(body.putObject("quota"));
            }
            var made = api().sendWithoutKey("POST", PATH, Api.Body.json(body.toString()));
            output.print(terminal(), made, () -> show(made));
        }

        private void quota(ObjectNode quota) {
            if (maxInstances != null) {
                quota.put("instances", maxInstances);
            }
            if (maxMemory != null) {
                quota.put("memory", amount("--max-memory", maxMemory, Amounts::memoryBytes));
            }
            if (maxCpu != null) {
                quota.put("cpu", amount("--max-cpu", maxCpu, Amounts::cpuMillis));
            }
        }

        /** Returns the text if it is an amount, and otherwise fails with the name of the option. */
        private String amount(String option, String text, ToLongFunction<String> read) {
            try {
                var _ = read.applyAsLong(text);
                return text;
            } catch (IllegalArgumentException invalid) {
                throw new ParameterException(
                        commandLine(),
                        withoutByte(text, read)
                                .map(amount ->
                                        "%s: '%s' is not an amount: write %s"
                                                .formatted(option, text, amount))
                                .orElseGet(() -> "%s %s".formatted(option, invalid.getMessage())),
                        invalid);
            }
        }

        /** Returns the text without the B at its end, if that is an amount. */
        private static Optional<String> withoutByte(String text, ToLongFunction<String> read) {
            var amount = text.replaceFirst("B$", "");
            try {
                var _ = read.applyAsLong(amount);
                return Optional.of(amount);
            } catch (IllegalArgumentException invalid) {
                return Optional.empty();
            }
        }

        private void show(JsonNode made) {
            terminal()
                    .err()
                    .println(
                            "Created token '%s', role %s, apps %s, domains %s. It is shown only once:"
                                    .formatted(
                                            name,
                                            role,
                                            texts(made.path("apps")),
                                            texts(made.path("domains"))));
            terminal().line(made.path("token").asText());
        }
    }

    @Command(
            name = "list",
            header = "List the tokens that are not revoked, without their secrets",
            description =
                    "For a token with a quota, the list shows what its apps can use at most, and the"
                            + " quota.",
            footer = {"%nExample", "  autoserve token list"})
    static final class ListTokensCommand extends ClientCommand {
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get(PATH);
            output.print(terminal(), answer, () -> table(answer.path("tokens")));
        }

        private void table(JsonNode tokens) {
            var table =
                    new Table("")
                            .header(
                                    terminal(),
                                    "NAME",
                                    "ROLE",
                                    "APPS",
                                    "DOMAINS",
                                    "INSTANCES",
                                    "MEMORY",
                                    "CPU",
                                    "BY",
                                    "AGE",
                                    "EXPIRES");
            for (var token : tokens) {
                table.row(
                        token.path("name").asText(),
                        token.path("role").asText(),
                        texts(token.path("apps")),
                        texts(token.path("domains")),
                        usage(token, "instances"),
                        usage(token, "memory"),
                        usage(token, "cpu"),
                        token.path("createdBy").asText(),
                        HumanUnits.age(token.path("createdAt").asText(), now()),
                        expiry(token));
            }
            table.print(terminal());
        }

        /** Returns what the token's apps can use and the quota, or '-' without a quota. */
        private static String usage(JsonNode token, String field) {
            var quota = token.path("quota").path(field);
            return quota.isValueNode() && !quota.isNull()
                    ? token.path("used").path(field).asText() + "/" + quota.asText()
                    : "-";
        }

        private String expiry(JsonNode token) {
            var at = token.path("expiresAt");
            if (at.isNull()) {
                return "never";
            }
            return token.path("expired").asBoolean()
                    ? terminal().paint(Paint.BAD, "expired")
                    : at.asText();
        }
    }

    @Command(
            name = "revoke",
            header = "Revoke a token, at once and on all controllers",
            footer = {"%nExample", "  autoserve token revoke ci"})
    static final class RevokeTokenCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The name or the id of the token.")
        private String name;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var revoked = api().delete(PATH + "/" + Api.segment(name));
            output.print(
                    terminal(),
                    revoked,
                    () ->
                            terminal()
                                    .line(
                                            "Token '%s' is revoked"
                                                    .formatted(revoked.path("name").asText())));
        }
    }
}
