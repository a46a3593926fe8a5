package io.autoserve.cli;

import io.autoserve.cli.Contexts.Context;
import io.autoserve.cli.dev.DevFolder;
import io.autoserve.cli.dev.DevState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which controller a command asks, and what it shows there. */
final class Connection {
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

    Api api(Map<String, String> environment) {
        var target = target(environment);
        var shown = shown(environment);
        return new Api(target.url(), shown == null ? target.token() : shown, environment);
    }

    private Context target(Map<String, String> environment) {
        var contexts = Contexts.read(environment);
        var named = context == null ? environment.get("AUTOSERVE_CONTEXT") : context;
        var told = url == null && context == null ? environment.get("AUTOSERVE_URL") : url;
        if (told != null) {
            return new Context(told, known(contexts, told, environment));
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
                    return new Context(here, known(contexts, here, environment));
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

    private static @Nullable String known(
            Contexts contexts, String url, Map<String, String> environment) {
        var noted = contexts.tokenFor(url);
        return noted == null ? ofThisMachine(url, environment).orElse(null) : noted;
    }

    /** As 'platform up' has left it; it is never shown to another machine. */
    private static Optional<String> ofThisMachine(String url, Map<String, String> environment) {
        var file = DevFolder.standard(environment).path().resolve("admin-token");
        return loopback(url) && Files.isReadable(file)
                ? Optional.of(content(file))
                : Optional.empty();
    }

    private static String content(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw Failure.of(Exit.NOT_FOUND, "%s cannot be read: %s".formatted(file, e), e);
        }
    }

    static boolean loopback(String url) {
        try {
            return String.valueOf(URI.create(url).getHost())
                    .matches("localhost|127\\.[0-9.]+|\\[::1]");
        } catch (IllegalArgumentException noUrl) {
            return false;
        }
    }
}
