package io.autoserve.testing;

import io.autoserve.cli.AutoServe;
import io.autoserve.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Runs one command of the CLI in the background. Returns the output so far and, at the end, the
 * exit code.
 */
public final class Typed {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Thread running;
    private volatile int exit = -1;

    /**
     * @param input all that the user types
     */
    public Typed(String url, String input, String... arguments) {
        var terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false,
                        false,
                        false);
        var environment = Map.of("AUTOSERVE_URL", url, "USER", "ann");
        running =
                Thread.ofVirtual()
                        .start(() ->
                                exit =
                                        AutoServe.run(
                                                terminal,
                                                environment,
                                                InstantSource.system(),
                                                _ -> {
                                                    throw new UnsupportedOperationException();
                                                },
                                                arguments));
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Waits until the condition holds. Fails with the command's output if it takes too long. */
    public void await(String what, BooleanSupplier condition) {
        Eventually.within(ApiClient.PATIENCE, what, condition, () -> out() + err());
    }

    /** Waits until the command has ended and returns its exit code. */
    public int exit() {
        try {
            running.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return exit;
    }

    public void interrupt() {
        running.interrupt();
    }
}
