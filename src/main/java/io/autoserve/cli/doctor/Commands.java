package io.autoserve.cli.doctor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs of this machine that answer a question. */
interface Commands {
    Duration PATIENCE = Duration.ofSeconds(10);

    /**
     * @param text both outputs, without the last line's end
     */
    record Said(boolean succeeded, String text) {}

    /** Empty: there is no such program. */
    Optional<Said> run(String... command);

    /** One that says nothing for too long is ended. */
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
                return new Said(false, "no answer within %d s".formatted(PATIENCE.toSeconds()));
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
