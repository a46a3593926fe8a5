package io.autoserve.api;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Serves the API of a fake platform in a separate process with little memory. */
final class ServedProcess implements AutoCloseable {
    private static final String READERS = "readers";

    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    /**
     * @param heap the maximum heap size, such as {@code 64m}
     */
    ServedProcess(String heap) throws IOException {
        process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx" + heap,
                                "-XX:+ExitOnOutOfMemoryError",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ServedProcess.class.getName())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    URI root() throws IOException {
        return URI.create("http://127.0.0.1:" + ask("port"));
    }

    /** Returns how many streams are open. */
    int readers() throws IOException {
        return ask(READERS);
    }

    /** Appends this many events, and returns when all are appended. */
    void happen(int events) throws IOException {
        ask(Integer.toString(events));
    }

    /**
     * Sends a command to the process and returns its result. Lines that do not begin with {@code >}
     * are the log of the process.
     */
    private int ask(String order) throws IOException {
        orders.println(order);
        for (var line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.startsWith("> ")) {
                return Integer.parseInt(line.substring(2));
            }
        }
        throw new AssertionError("the process ended");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] arguments) throws IOException {
        var api = new Served();
        var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println("> " + answer(api, order));
        }
        api.close();
    }

    private static int answer(Served api, String order) {
        return switch (order) {
            case "port" -> api.port();
            case READERS -> api.platform.followers();
            default -> {
                var events = Integer.parseInt(order);
                for (var i = 0; i < events; i++) {
                    api.platform.append("shop", Event.Type.AppScaled, "ann", new Change.Nothing());
                }
                yield events;
            }
        };
    }
}
