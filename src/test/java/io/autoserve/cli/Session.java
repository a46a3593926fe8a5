package io.autoserve.cli;

import io.autoserve.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** Runs commands as a shell would and keeps their output. */
public final class Session {
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final Map<String, String> environment = new HashMap<>();
    private String input = "";
    private boolean person;

    public record Said(int exit, String out, String err) {}

    /** Simulates a person at a terminal with colours. */
    public Session atTerminal() {
        person = true;
        return this;
    }

    public Session typing(String text) {
        input = text;
        return this;
    }

    public Session with(String name, String value) {
        environment.put(name, value);
        return this;
    }

    public Said run(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        person,
                        person,
                        person);
        var exit =
                AutoServe.run(
                        terminal,
                        environment,
                        InstantSource.fixed(NOW),
                        _ -> {
                            throw new UnsupportedOperationException("no controller in these tests");
                        },
                        arguments);
        return new Said(
                exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Returns a terminal that drops its output and has no input. */
    public static Terminal nowhere() {
        var nothing =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Terminal(
                new ByteArrayInputStream(new byte[0]), nothing, nothing, false, false, false);
    }
}
