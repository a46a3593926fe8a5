package io.autoserve.cli.dev;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.dev.DevCommand.DevOptions;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Registers the demo app, and waits until each of its instances has answered a request. */
record Demo(Map<String, String> environment, DevOptions options) {
    private static final String SPEC = "/examples/demo.yaml";
    private static final Pattern INSTANCE = Pattern.compile("demo-\\d+");
    private static final int INSTANCES = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    void start(Steps steps) {
        steps.run(
                "demo",
                progress -> {
                    new Api(options.api(), environment)
                            .send("PUT", "/api/v1/apps/demo", Api.Body.yaml(spec(), "demo.yaml"));
                    return awaitAll(progress);
                },
                names -> "demo: %d instances answer".formatted(names.size()));
    }

    private static String spec() throws IOException {
        try (var in = Demo.class.getResourceAsStream(SPEC)) {
            if (in == null) {
                throw new IOException(SPEC + " is not in the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private Set<String> awaitAll(Consumer<String> progress) throws InterruptedException {
        var answered = new TreeSet<String>();
        var start = System.nanoTime();
        while (answered.size() < INSTANCES) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                throw CommandFailure.of(
                        Exit.TIMED_OUT,
                        ("the demo has %d instances, but only %s answered: run 'autoserve status"
                                        + " demo'")
                                .formatted(INSTANCES, answered));
            }
            if (!ask(answered)) {
                Thread.sleep(25);
            }
            progress.accept(
                    "demo: %d of %d instances answer".formatted(answered.size(), INSTANCES));
        }
        return answered;
    }

    /** Sends one request through nginx, as a user would. */
    private boolean ask(Set<String> answered) {
        try {
            var connection =
                    (HttpURLConnection)
                            URI.create("http://127.0.0.1:%d/?json".formatted(options.httpPort()))
                                    .toURL()
                                    .openConnection();
            connection.setReadTimeout(2_000);
            try (var in = connection.getInputStream()) {
                var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                INSTANCE.matcher(text).results().forEach(match -> answered.add(match.group()));
                return true;
            }
        } catch (IOException _) {
            return false; // nginx or the app is not ready yet
        }
    }
}
