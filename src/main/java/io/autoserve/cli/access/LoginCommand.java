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
        header = "Log in to an installation and use it from now on",
        description = {
            "Asks for the token, or reads it from standard input. The token is stored in"
                    + " ~/.config/autoserve/config.yaml, which only you can read."
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
            description = "The name of the context (default: the host of the URL).")
    private @Nullable String name;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "The token. Other users of this machine can see it, so prefer the prompt or"
                            + " --token-file.")
    private @Nullable String token;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Read the token from this file.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "The CA of the installation's certificate, in PEM. Needed if Java does not"
                            + " trust the CA. 'platform up' stores its CA in .autoserve/ca.crt,"
                            + " which is used automatically for addresses of this machine.")
    private @Nullable Path ca;

    @Override
    public void run() {
        var terminal = terminal();
        var environment = environment();
        var address = url.replaceFirst("/+$", "");
        var shown = shown(terminal);
        var found = here(address, environment);
        var trusted =
                found.or(() -> Optional.ofNullable(ca)).map(Path::toAbsolutePath).orElse(null);
        var session =
                new Api(new Context(address, shown, trusted), environment, _ -> {})
                        .get("/api/v1/session");
        var called = name == null ? host(address) : name;
        var kept = session.path("open").asBoolean() || shown.isEmpty() ? null : shown;
        Contexts.read(environment).with(called, new Context(address, kept, trusted)).write();
        terminal.line(
                "Logged in to %s as %s (%s). Commands now use context '%s'."
                        .formatted(
                                address,
                                session.path("actor").asText(),
                                session.path("role").asText(),
                                called));
        found.ifPresent(file ->
                terminal.line("The certificate is checked with the platform's own CA, " + file));
        if (address.startsWith("http:") && !ConnectionOptions.loopback(address)) {
            terminal.err()
                    .println(
                            terminal.paint(
                                    Paint.BAD,
                                    "The token is sent unencrypted, so others on the network can"
                                            + " read it. Use https or an SSH tunnel."));
        }
    }

    /**
     * Returns the CA certificate of the platform on this machine. Returns empty if the option
     * {@code --ca} is given, or if the URL is not an https URL of this machine.
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
                Exit.USAGE, "'%s' is not a URL such as https://10.1.2.3:8443".formatted(address));
    }
}
