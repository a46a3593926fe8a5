package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.dev.DevFolder;
import io.autoserve.cli.dev.DevState;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command that asks a controller. */
abstract class ClientCommand implements Runnable {
    private static final String DEFAULT_URL = "http://127.0.0.1:8000";

    @Spec private CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "The controller's API. Without it: AUTOSERVE_URL, else what 'autoserve dev'"
                            + " runs here, else port 8000 of this machine.")
    private @Nullable String url;

    Terminal terminal() {
        return autoserve().terminal();
    }

    Instant now() {
        return autoserve().clock().instant();
    }

    Map<String, String> environment() {
        return autoserve().environment();
    }

    /** Above a group of commands too. */
    private AutoServe autoserve() {
        return (AutoServe) spec.root().userObject();
    }

    Api api() {
        return new Api(url(), environment());
    }

    /** Tells what was done and, where wanted, waits until it is so. */
    void settle(JsonNode answer, Output output, Waiting waiting, Goal goal, String message) {
        if (output.forPeople()) {
            terminal().line(message);
            waiting.await(api(), terminal(), AppView.of(answer).name(), goal);
        } else {
            waiting.await(api(), terminal().silenced(), AppView.of(answer).name(), goal);
            output.print(terminal(), answer, () -> {});
        }
    }

    private String url() {
        if (url != null) {
            return url;
        }
        var environment = environment();
        @Nullable String fromEnvironment = environment.get("AUTOSERVE_URL");
        return fromEnvironment != null
                ? fromEnvironment
                : DevState.read(DevFolder.standard(environment))
                        .map(DevState::api)
                        .orElse(DEFAULT_URL);
    }
}
