package io.autoserve.cli.command;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.Contexts;
import io.autoserve.cli.client.Contexts.Context;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that choose the controller and the token of a command. */
public final class ConnectionOptions {
    private static final String DEFAULT_URL = "http://127.0.0.1:8000";

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "The controller's API. Without it: AUTOSERVE_URL, else the context, else what"
                            + " 'autoserve dev' runs here, else port 8000 of this machine.")
    private @Nullable String url;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "An installation that 'autoserve login' has noted.")
    private @Nullable String context;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "Others on this machine can see it meanwhile: rather use --token-file or"
                            + " AUTOSERVE_TOKEN.")
    private @Nullable String token;

    @Option(names = "--token-file", paramLabel = "FILE", description = "A file with the token.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "The authority of the controllers' certificate, in PEM. Without it: AUTOSERVE_CA,"
                            + " else the context's, else one that Java knows.")
    private @Nullable Path ca;

    /**
     * @param aside receives a message for the user each time that a request is repeated
     */
    Api api(Map<String, String> environment, Consumer<String> aside) {
        var target = target(environment);
        var shown = shown(environment);
        var believed = believed(environment);
        return new Api(
                new Context(
                        target.url(),
                        shown == null ? target.token() : shown,
                        believed == null ? target.ca() : believed),
                environment,
                aside);
    }

    private Context target(Map<String, String> environment) {
        var contexts = Contexts.read(environment);
        var named = context == null ? environment.get("AUTOSERVE_CONTEXT") : context;
        var told = url == null && context == null ? environment.get("AUTOSERVE_URL") : url;
        if (told != null) {
            return known(contexts, told, environment);
        }
        if (named != null) {
            return contexts.named(named);
        }
        return contexts.present()
                .orElseGet(() -> {
                    var here =
                            DevState.read(DevFolder.standard(environment))
                                    .map(DevState::api)
                                    .orElse(DEFAULT_URL);
                    return known(contexts, here, environment);
                });
    }

    private @Nullable String shown(Map<String, String> environment) {
        if (token != null) {
            return token;
        }
        if (tokenFile != null) {
            return content(tokenFile);
        }
        return environment.get("AUTOSERVE_TOKEN");
    }

    private @Nullable Path believed(Map<String, String> environment) {
        @Nullable String told = environment.get("AUTOSERVE_CA");
        return ca == null && told != null ? Path.of(told) : ca;
    }

    private static Context known(Contexts contexts, String url, Map<String, String> environment) {
        var noted = contexts.at(url).orElseGet(() -> new Context(url, null, null));
        return new Context(
                url,
                noted.token() == null
                        ? ofThisMachine("admin-token", url, environment)
                                .map(ConnectionOptions::content)
                                .orElse(null)
                        : noted.token(),
                noted.ca() == null ? authorityHere(url, environment).orElse(null) : noted.ca());
    }

    /**
     * Returns the CA certificate of the platform on this machine, if the URL points to this
     * machine.
     */
    public static Optional<Path> authorityHere(String url, Map<String, String> environment) {
        return ofThisMachine("ca.crt", url, environment);
    }

    /**
     * Returns a file that 'platform up' has left on this machine. The URL must be a loopback
     * address, so that the admin token is never sent to another machine.
     */
    private static Optional<Path> ofThisMachine(
            String name, String url, Map<String, String> environment) {
        var file = DevFolder.standard(environment).path().resolve(name);
        return loopback(url) && Files.isReadable(file) ? Optional.of(file) : Optional.empty();
    }

    private static String content(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw CommandFailure.of(Exit.NOT_FOUND, "%s cannot be read: %s".formatted(file, e), e);
        }
    }

    public static boolean loopback(String url) {
        try {
            return String.valueOf(URI.create(url).getHost())
                    .matches("localhost|127\\.[0-9.]+|\\[::1]");
        } catch (IllegalArgumentException noUrl) {
            return false;
        }
    }
}
