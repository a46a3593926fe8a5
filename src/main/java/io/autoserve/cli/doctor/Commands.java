package io.autoserve.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs on this machine. */
interface Commands {
    Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * @param text standard output and standard error together, without trailing line ends
     */
    record Said(boolean succeeded, String text) {}

    /** Runs the program and returns its output. Returns empty if there is no such program. */
    Optional<Said> run(String... command);

    /** Runs real programs. A program that has not ended after {@link #PATIENCE} is killed. */
    static Commands ofThisMachine() {
        return command -> {
            try {
                return Optional.of(said(command));
            } catch (IOException noSuchProgram) {
                return Optional.empty();
            }
        };
    }

    private static Said said(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var text = CompletableFuture.supplyAsync(() -> output(process));
        try {
            if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                return new Said(
                        false,
                        "the program did not end within %d s".formatted(PATIENCE.toSeconds()));
            }
            return new Said(process.exitValue() == 0, text.join().stripTrailing());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            return new Said(false, "interrupted");
        }
    }

    private static String output(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
