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
                    "The URL of the controller's API. Default: AUTOSERVE_URL, then the context,"
                            + " then the API of 'autoserve dev' on this machine, then port 8000"
                            + " of this machine.")
    private @Nullable String url;

    @Option(
            names = "--context",
            paramLabel = "NAME",
            description = "The context to use, as created by 'autoserve login'.")
    private @Nullable String context;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description =
                    "The token. Other users of this machine can see it, so prefer --token-file or"
                            + " AUTOSERVE_TOKEN.")
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
                    "The CA of the controllers' certificate, in PEM. Default: AUTOSERVE_CA, then"
                            + " the CA of the context, then the CAs that Java trusts.")
    private @Nullable Path ca;

    /**
     * @param aside receives a message for the user each time that a request is repeated
     */
    Api api(Map<String, String> environment, Consumer<String> aside) {
        var target = target(environment);
        var shown = shown(environment);
        var trusted = trusted(environment);
        return new Api(
                new Context(
                        target.url(),
                        shown == null ? target.token() : shown,
                        trusted == null ? target.ca() : trusted),
                environment,
                aside);
    }

    private Context target(Map<String, String> environment) {
        var contexts = Contexts.read(environment);
        var named = context == null ? environment.get("AUTOSERVE_CONTEXT") : context;
        var chosen = url == null && context == null ? environment.get("AUTOSERVE_URL") : url;
        if (chosen != null) {
            return known(contexts, chosen, environment);
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

    private @Nullable Path trusted(Map<String, String> environment) {
        @Nullable String file = environment.get("AUTOSERVE_CA");
        return ca == null && file != null ? Path.of(file) : ca;
    }

    private static Context known(Contexts contexts, String url, Map<String, String> environment) {
        var stored = contexts.at(url).orElseGet(() -> new Context(url, null, null));
        return new Context(
                url,
                stored.token() == null
                        ? ofThisMachine("admin-token", url, environment)
                                .map(ConnectionOptions::content)
                                .orElse(null)
                        : stored.token(),
                stored.ca() == null ? authorityHere(url, environment).orElse(null) : stored.ca());
    }

    /**
     * Returns the CA certificate of the platform on this machine, if the URL points to this
     * machine.
     */
    public static Optional<Path> authorityHere(String url, Map<String, String> environment) {
        return ofThisMachine("ca.crt", url, environment);
    }

    /**
     * Returns a file that 'platform up' has stored on this machine. Returns empty unless the URL
     * has a loopback address, so that the admin token is never sent to another machine.
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
