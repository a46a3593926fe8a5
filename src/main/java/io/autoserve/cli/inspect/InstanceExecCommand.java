package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.ApiWebSocket;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Tty;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "exec",
        header = "Run a command or a shell inside an instance",
        description = {
            "At a terminal, -i -t is the default: the command gets a terminal too, and receives"
                    + " every key, including Ctrl-C. autoserve exits with the exit code of the"
                    + " command. An event records who ran which command."
        },
        footer = {
            "%nExamples",
            "  autoserve exec web -- sh",
            "  autoserve exec web --instance web-2 -- ps aux",
            "  autoserve exec web -i -- psql < dump.sql"
        })
public final class InstanceExecCommand extends ClientCommand implements IExitCodeGenerator {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PART = 16 * 1024;

    @Mixin private InstanceOf target;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "The program and its arguments, after --. It runs without a shell.")
    private List<String> command;

    @Option(
            names = {"-i", "--stdin"},
            description = "Pass standard input to the command.")
    private boolean input;

    @Option(
            names = {"-t", "--tty"},
            description = "Give the command a terminal.")
    private boolean tty;

    private int exitCode;

    @Override
    public void run() {
        var person = terminal().answers() && !input && !tty;
        var typed = input || person;
        var mode = tty || person ? Tty.raw() : Optional.<Tty>empty();
        try (var webSocket = api().openWebSocket(target.path("/exec"))) {
            var size = mode.isPresent() ? Tty.size() : Tty.Size.USUAL;
            webSocket.say(request(typed, tty || person, size));
            if (mode.isPresent()) {
                Tty.whenResized(() -> webSocket.resize(Tty.size()));
            }
            if (typed) {
                Thread.ofPlatform().daemon().start(() -> pass(webSocket));
            }
            exitCode = listen(webSocket);
        } finally {
            mode.ifPresent(Tty::close);
        }
    }

    private JsonNode request(boolean typed, boolean terminal, Tty.Size size) {
        var request =
                JSON.createObjectNode()
                        .put("input", typed)
                        .put("terminal", terminal)
                        .put("columns", size.columns())
                        .put("rows", size.rows());
        command.forEach(request.putArray("command")::add);
        return request;
    }

    private void pass(ApiWebSocket webSocket) {
        var part = new byte[PART];
        try {
            for (var count = terminal().in().read(part);
                    count >= 0;
                    count = terminal().in().read(part)) {
                webSocket.send(part, count);
            }
        } catch (IOException _) {
            // an error while reading counts as the end of the input
        }
        webSocket.endInput();
    }

    private int listen(ApiWebSocket webSocket) {
        try {
            while (true) {
                switch (webSocket.next()) {
                    case ApiWebSocket.Message.Bytes(var error, var bytes) -> print(error, bytes);
                    case ApiWebSocket.Message.Ended(var code) -> {
                        return code;
                    }
                    case ApiWebSocket.Message.Broken(var reason) ->
                            throw CommandFailure.of(Exit.UNREACHABLE, reason);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", interrupted);
        }
    }

    private void print(boolean error, ByteBuffer bytes) {
        var stream = error ? terminal().err() : terminal().out();
        stream.write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
        stream.flush();
    }

    @Override
    public int getExitCode() {
        return exitCode;
    }

    /** Selects an instance. This is the named instance, or the first that is ready. */
    static final class InstanceOf {
        @Mixin private AppArgument app;

        @Option(
                names = "--instance",
                paramLabel = "NAME",
                description = "The instance, such as web-2 (default: the first one that is ready).")
        private @Nullable String instance;

        String app() {
            return app.name();
        }

        Optional<String> instance() {
            return Optional.ofNullable(instance);
        }

        String path(String what) {
            return app.path(
                    what + (instance == null ? "" : Api.query(Map.of("instance", instance))));
        }
    }
}
