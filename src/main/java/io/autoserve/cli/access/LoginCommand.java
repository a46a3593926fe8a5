package io.autoserve.cli.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.Contexts;
import io.autoserve.cli.client.Contexts.Context;
import io.autoserve.cli.command.ConnectionOptions;
import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "login",
        header = "Note an installation and the token for it, and use it from now on",
        description = {
            "Asks for the token, or reads it from standard input. It is kept in"
                    + " ~/.config/autoserve/config.yaml, which nobody else may read."
        },
        footer = {
            "%nExamples",
            "  autoserve login https://autoserve.example.com:8443",
            "  autoserve login https://10.1.2.3:8443 --name test --ca ./ca.crt --token-file ./token"
        })
public final class LoginCommand extends ShellCommand {
    @Parameters(paramLabel = "URL", description = "The API of the installation.")
    private String url;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What to call it. Without it: its host.")
    private @Nullable String name;

    @Option(names = "--token", paramLabel = "TOKEN", description = "Rather let it be asked for.")
    private @Nullable String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file with the token.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "The authority of its certificate, in PEM, where Java does not know it. 'platform"
                            + " up' keeps its own in .autoserve/ca.crt, where an address of this machine"
                            + " finds it.")
    private @Nullable Path ca;

    @Override
    public void run() {
        var terminal = terminal();
        var environment = environment();
        var address = url.replaceFirst("/+$", "");
        var shown = shown(terminal);
        var found = here(address, environment);
        var believed =
                found.or(() -> Optional.ofNullable(ca)).map(Path::toAbsolutePath).orElse(null);
        var session =
                new Api(new Context(address, shown, believed), environment, _ -> {})
                        .get("/api/v1/session");
        var called = name == null ? host(address) : name;
        var kept = session.path("open").asBoolean() || shown.isEmpty() ? null : shown;
        Contexts.read(environment).with(called, new Context(address, kept, believed)).write();
        terminal.line(
                "Logged in to %s as %s (%s): context '%s' is used from now on"
                        .formatted(
                                address,
                                session.path("actor").asText(),
                                session.path("role").asText(),
                                called));
        found.ifPresent(file ->
                terminal.line(
                        "Its certificate is believed by the platform's own authority, " + file));
        if (address.startsWith("http:") && !ConnectionOptions.loopback(address)) {
            terminal.err()
                    .println(
                            terminal.paint(
                                    Paint.BAD,
                                    "The token travels unencrypted: whoever is on the way reads it."
                                            + " Use https or an SSH tunnel."));
        }
    }

    /**
     * Returns the CA certificate of the platform on this machine, unless {@code --ca} names
     * another.
     */
    private Optional<Path> here(String address, Map<String, String> environment) {
        return ca == null && address.startsWith("https:")
                ? ConnectionOptions.authorityHere(address, environment)
                : Optional.empty();
    }

    private String shown(Terminal terminal) {
        if (token != null) {
            return token;
        }
        try {
            if (tokenFile != null) {
                return Files.readString(tokenFile).strip();
            }
            return terminal.answers()
                    ? terminal.askUnseen("Token: ").strip()
                    : new String(terminal.in().readAllBytes(), UTF_8).strip();
        } catch (IOException e) {
            throw CommandFailure.of(Exit.NOT_FOUND, "the token cannot be read: " + e, e);
        }
    }

    private static String host(String address) {
        try {
            var host = URI.create(address).getHost();
            if (host != null) {
                return host;
            }
        } catch (IllegalArgumentException noUrl) {
            // the failure is thrown below
        }
        throw CommandFailure.of(
                Exit.USAGE, "'%s' is no URL like https://10.1.2.3:8443".formatted(address));
    }
}
