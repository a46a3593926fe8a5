package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.Screen;
import io.autoserve.cli.terminal.Tty;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "top",
        header = "Show the live load of all apps, or of the instances of one app",
        description = {
            "Press q to quit, or r, p, e, c, m or n to sort by requests, p95, errors, cpu, memory"
                    + " or name. Without a terminal, the table is printed once."
        },
        footer = {"%nExamples", "  autoserve top", "  autoserve top web --sort cpu"})
public final class TopCommand extends ClientCommand {
    private static final Duration PERIOD = Duration.ofSeconds(1);

    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            description = "The app whose instances are shown (default: all apps).",
            completionCandidates = AppNames.class)
    private @Nullable AppName app;

    @Option(
            names = "--sort",
            paramLabel = "COLUMN",
            description = "Sort by ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
    private TopTable.Column sort = TopTable.Column.requests;

    @Override
    public void run() {
        if (!terminal().live()) {
            new TopTable(terminal(), subject(), sort).print(rows());
            return;
        }
        try (var _ = new Closing(Tty.keys());
                var screen = new Screen(terminal(), Tty::size)) {
            var keys = keys();
            var rows = rows();
            for (var key = 0; key != 'q'; key = pressed(keys)) {
                var by = TopTable.Column.of((char) key);
                if (by.isPresent()) {
                    sort = by.get();
                } else {
                    rows = rows();
                }
                var shown = rows;
                screen.draw(it -> new TopTable(it, subject(), sort).print(shown));
            }
        }
    }

    private String subject() {
        return app == null ? "APP" : "INSTANCE";
    }

    private record Closing(Optional<Tty> mode) implements AutoCloseable {
        @Override
        public void close() {
            mode.ifPresent(Tty::close);
        }
    }

    private BlockingQueue<Integer> keys() {
        var keys = new LinkedBlockingQueue<Integer>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        for (var key = terminal().in().read();
                                key >= 0;
                                key = terminal().in().read()) {
                            keys.add(key);
                        }
                    } catch (IOException _) {
                        // the terminal is closed
                    }
                });
        return keys;
    }

    /** Returns the next key, or 0 if none is pressed within the period. */
    private static int pressed(BlockingQueue<Integer> keys) {
        try {
            var key = keys.poll(PERIOD.toMillis(), TimeUnit.MILLISECONDS);
            return key == null ? 0 : key;
        } catch (InterruptedException _) {
            return 'q';
        }
    }

    private List<TopTable.Row> rows() {
        return app == null ? apps() : instances(app.text());
    }

    private List<TopTable.Row> apps() {
        var apps = new ArrayList<AppView>();
        api().get("/api/v1/apps").path("apps").forEach(app -> apps.add(AppView.of(app)));
        var asked = new ArrayList<Future<Optional<JsonNode>>>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            apps.forEach(app -> asked.add(threads.submit(() -> api().find(metrics(app.name())))));
        }
        var rows = new ArrayList<TopTable.Row>();
        var failures = new ArrayList<CommandFailure>();
        for (var index = 0; index < apps.size(); index++) {
            var app = apps.get(index);
            try {
                answer(asked.get(index)).ifPresent(load -> rows.add(row(app, load)));
            } catch (CommandFailure failure) { // the other apps can still be shown
                failures.add(failure);
                rows.add(row(app, MissingNode.getInstance()));
            }
        }
        if (!failures.isEmpty() && failures.size() == apps.size()) {
            throw failures.getFirst();
        }
        return rows;
    }

    private static TopTable.Row row(AppView app, JsonNode load) {
        return TopTable.Row.of(
                app.name(), app.state(), app.ready() + "/" + app.desired(), load.path("now"));
    }

    /** Returns an app's load, or empty if the app was deleted in the meantime. */
    private static Optional<JsonNode> answer(Future<Optional<JsonNode>> asked) {
        try {
            return asked.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CommandFailure failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private List<TopTable.Row> instances(String app) {
        var view = AppView.of(api().get("/api/v1/apps/" + app));
        var load = api().get(metrics(app)).path("instances");
        return view.instances().stream()
                .map(it ->
                        TopTable.Row.of(
                                it.name(),
                                it.word(),
                                it.restarts() == 0
                                        ? ""
                                        : String.format(Locale.ROOT, "%d restarts", it.restarts()),
                                load.path(it.name())))
                .toList();
    }

    private static String metrics(String app) {
        return "/api/v1/apps/" + app + "/metrics";
    }
}
