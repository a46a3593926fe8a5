package io.autoserve.cli.inspect;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.ConnectionOptions;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "open",
        header = "Open an app or the dashboard in the browser",
        description = {
            "Prints the address. On a terminal it also starts the browser: the program in the"
                    + " variable BROWSER, otherwise the standard one. For a platform on this"
                    + " machine, AUTOSERVE_HTTP_PORT is the port of nginx."
        },
        footer = {
            "%nExamples",
            "  autoserve open web",
            "  autoserve open",
            "  curl $(autoserve open web --print)"
        })
public final class OpenCommand extends ClientCommand {
    private static final String STANDARD_PORT = "80";

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "The app. Without a name, the command opens the dashboard.",
            completionCandidates = AppNames.class)
    private @Nullable String typed;

    @Option(names = "--print", description = "Only print the address.")
    private boolean print;

    @Override
    public void run() {
        var api = api();
        var address = typed == null ? api.url() + "/" : ofApp(api, typed);
        terminal().line(address);
        if (terminal().live() && !print) {
            browse(address);
        }
    }

    private String ofApp(Api api, String typed) {
        var name = AppName.all(commandLine(), List.of(typed)).getFirst();
        var app = AppView.of(api.get(name.path("")));
        return new AppAddress(app)
                .at(ConnectionOptions.loopback(api.url()), port(api.url()))
                .orElseThrow(() ->
                        CommandFailure.of(
                                Exit.FAILED,
                                app.hosts().isEmpty()
                                        ? "%s is a worker, which has no address"
                                                .formatted(name.text())
                                        : "%s has only wildcard hosts, which a browser cannot open: %s"
                                                .formatted(
                                                        name.text(),
                                                        String.join(", ", app.hosts()))));
    }

    /** Returns the port of nginx. On another machine it is the standard one. */
    private int port(String url) {
        if (!ConnectionOptions.loopback(url)) {
            return Integer.parseInt(STANDARD_PORT);
        }
        var dev = DevState.read(DevFolder.standard(environment()));
        if (dev.isPresent() && dev.get().api().equals(url)) {
            var port = URI.create(dev.get().apps()).getPort();
            return port < 0 ? Integer.parseInt(STANDARD_PORT) : port;
        }
        var port = environment().getOrDefault("AUTOSERVE_HTTP_PORT", STANDARD_PORT);
        if (!port.matches("[0-9]{1,5}")
                || Integer.parseInt(port) < 1
                || Integer.parseInt(port) > 65_535) {
            throw CommandFailure.of(
                    Exit.USAGE,
                    "AUTOSERVE_HTTP_PORT must be a port from 1 to 65535, was '%s'".formatted(port));
        }
        return Integer.parseInt(port);
    }

    private void browse(String address) {
        var standard = System.getProperty("os.name", "").startsWith("Mac") ? "open" : "xdg-open";
        var browser = environment().getOrDefault("BROWSER", standard);
        try {
            new ProcessBuilder(browser, address)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException missing) {
            terminal()
                    .aside(
                            "%s could not be started: open the address yourself, or set BROWSER"
                                    .formatted(browser));
        }
    }
}
