package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Table;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** Creates, lists and revokes the URLs with which registries and CI systems deploy images. */
@Command(
        name = "hook",
        header = "Let registries and CI systems deploy new images of an app",
        description = {
            "A hook is a URL. When a registry reports a new image to it, the app gets the image as"
                    + " a new revision. A hook can deploy only other tags and digests of the image"
                    + " that the app's spec names."
        },
        subcommands = {
            HookCommand.CreateHookCommand.class,
            HookCommand.ListHooksCommand.class,
            HookCommand.RevokeHookCommand.class
        },
        synopsisSubcommandLabel = "create|list|revoke",
        footer = {
            "%nExamples",
            "  autoserve hook create shop --tags 'v*' --public-url https://api.example.com",
            "  autoserve hook list shop"
        })
public final class HookCommand {

    private static String path(AppArgument app) {
        return app.path("/hooks");
    }

    @Command(
            name = "create",
            header = "Create a hook; its URL is shown only once",
            description = {
                "Only the URL is printed to standard output. Everyone who knows it can deploy, so"
                        + " store it as you store a password. Enter it as the webhook of a"
                        + " repository in Docker Hub, GitHub, GitLab or Harbor, or post JSON with"
                        + " 'tag', 'actor' and 'commit' to it."
            },
            footer = {
                "%nExample",
                "  autoserve hook create shop --tags 'v*' --public-url https://api.example.com"
            })
    static final class CreateHookCommand extends ClientCommand {
        /** A pattern of tags, as the API accepts it. */
        private static final Pattern PATTERN =
                Pattern.compile("(?=.{1,128}$)[A-Za-z0-9_.-]*(\\*[A-Za-z0-9_.-]*){0,2}");

        @Mixin private AppArgument app;

        @Option(
                names = "--tags",
                paramLabel = "PATTERN",
                description =
                        "Deploy only tags that match PATTERN, such as 'v*' (default: all tags).")
        private @Nullable String tags;

        @Option(
                names = "--public-url",
                paramLabel = "URL",
                description =
                        "The address at which the sender reaches the API (default: the one that"
                                + " this command uses).")
        private @Nullable String publicUrl;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            requireValid(); // otherwise only the sender of a report would see the error
            var made = api().postWithoutKey(path(app));
            output.print(terminal(), made, () -> show(made));
        }

        private void requireValid() {
            if (tags != null && !PATTERN.matcher(tags).matches()) {
                throw new ParameterException(
                        commandLine(),
                        "--tags must be 1 to 128 of A-Z, a-z, 0-9, '.', '_', '-' with at most two"
                                + " '*', was '%s'".formatted(tags));
            }
            if (publicUrl != null && !publicUrl.matches("https?://[^/?#]+(/[^?#]*)?")) {
                throw new ParameterException(
                        commandLine(),
                        "--public-url must be like https://api.example.com, was '%s'"
                                .formatted(publicUrl));
            }
        }

        private void show(JsonNode made) {
            terminal()
                    .aside(
                            "Created hook %s of %s. Its URL is shown only once:"
                                    .formatted(made.path("id").asText(), app.name()));
            var base = publicUrl == null ? api().url() : publicUrl;
            terminal()
                    .line(
                            (base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                                    + made.path("path").asText()
                                    + (tags == null ? "" : "&tags=" + encoded(tags)));
        }

        private static String encoded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }
    }

    @Command(
            name = "list",
            header = "List the hooks of an app, without their secrets",
            footer = {"%nExample", "  autoserve hook list shop"})
    static final class ListHooksCommand extends ClientCommand {
        @Mixin private AppArgument app;
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get(path(app));
            output.print(terminal(), answer, () -> table(answer.path("hooks")));
        }

        private void table(JsonNode hooks) {
            var table = new Table("").header(terminal(), "ID", "BY", "AGE", "EXPIRES");
            for (var hook : hooks) {
                table.row(
                        hook.path("id").asText(),
                        hook.path("createdBy").asText(),
                        HumanUnits.age(hook.path("createdAt").asText(), now()),
                        hook.path("expiresAt").asText("never"));
            }
            table.print(terminal());
        }
    }

    @Command(
            name = "revoke",
            header = "Revoke a hook, so that its URL deploys nothing any more",
            footer = {"%nExample", "  autoserve hook revoke shop 4k2m9x0q7wza"})
    static final class RevokeHookCommand extends ClientCommand {
        @Mixin private AppArgument app;

        @Parameters(index = "1", paramLabel = "ID", description = "The id of the hook.")
        private String id;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().delete(path(app) + "/" + Api.segment(id));
            output.print(
                    terminal(), answer, () -> terminal().line("Hook %s is revoked".formatted(id)));
        }
    }
}
