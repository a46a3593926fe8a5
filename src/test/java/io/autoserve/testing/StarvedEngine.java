package io.autoserve.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;

/**
 * Limits Docker's own processes to a share of one processor while this object is open. The limit is
 * set by a script of the load tests. The script needs root.
 */
public final class StarvedEngine implements AutoCloseable {
    private static final String SCRIPT = "load-tests/slow-engine.sh";

    private final Process script;

    private StarvedEngine(Process script) {
        this.script = script;
    }

    /**
     * @param percent of one processor
     */
    public static StarvedEngine at(int percent) {
        try {
            var script =
                    new ProcessBuilder(SCRIPT, Integer.toString(percent), "sleep", "infinity")
                            .redirectErrorStream(true)
                            .start();
            awaitLimit(script.inputReader(StandardCharsets.UTF_8));
            return new StarvedEngine(script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until the script has set the limit. If another run of the script has already set a
     * limit for all tests, that limit is used.
     */
    private static void awaitLimit(BufferedReader output) throws IOException {
        var said = new ArrayList<String>();
        for (var line = output.readLine(); line != null; line = output.readLine()) {
            said.add(line);
            if (line.contains("of a processor from now on") || line.contains("Another ")) {
                return;
            }
        }
        throw new AssertionError("%s did not limit Docker: %s".formatted(SCRIPT, said));
    }

    @Override
    public void close() {
        script.toHandle().destroy(); // Process.destroy() would close the script's output first
        try {
            script.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
