package io.autoserve.cluster;

import io.autoserve.testing.Eventually;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.Signal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a contender in its own process, so that a test can kill and freeze the process. The
 * contender is the worst possible leader. Once elected, it writes in its term as fast as it can. It
 * continues even after it was deposed, until the fence refuses a write.
 */
final class ContenderProcess implements AutoCloseable {
    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    ContenderProcess(String name, Postgres.Database database, @Nullable Path authority)
            throws IOException {
        var command =
                Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ContenderProcess.class.getName(),
                        name,
                        database.name(),
                        Integer.toString(database.port()));
        Stream<String> last = authority == null ? Stream.of() : Stream.of(authority.toString());
        process =
                new ProcessBuilder(Stream.concat(command, last).toList())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        var output = process.inputReader();
        Thread.startVirtualThread(() -> read(output));
    }

    /** Returns the next message of the process. Lines of its log are skipped. */
    String awaitLine() throws InterruptedException {
        var line = lines.poll(Eventually.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        if (line == null) {
            throw new AssertionError("process " + process.pid() + " says nothing");
        }
        return line;
    }

    void kill() {
        process.destroyForcibly();
    }

    void freeze() {
        Signal.STOP.send(List.of(process.toHandle()));
    }

    void thaw() {
        Signal.CONT.send(List.of(process.toHandle()));
    }

    private void read(BufferedReader output) {
        try (output) {
            output.lines().filter(line -> line.startsWith("> ")).forEach(lines::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    public static void main(String[] arguments) {
        var authority = arguments.length > 3 ? Path.of(arguments[3]) : null;
        var port = Integer.parseInt(arguments[2]);
        var contender = new Contender(arguments[0], arguments[1], port, authority).start();
        var term = contender.awaitElected().term();
        System.out.println("> elected " + term.epoch());
        Thread.startVirtualThread(() ->
                System.out.println("> deposed, trusted " + contender.awaitDeposed().trusted()));
        while (true) {
            try {
                Eventually.await(contender.act(term));
            } catch (RuntimeException e) {
                if (e.getCause() instanceof Fence.TermOver) {
                    System.out.println("> refused");
                    return;
                }
            }
        }
    }
}
