package io.autoserve.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;

/**
 * Runs many seeds, in as many processes as the machine has processors. Two simulations in one
 * process would share the locks of libraries, so one could hold up the other and neither could be
 * repeated.
 */
final class Campaign {
    private Campaign() {}

    /**
     * Runs as many seeds, from the first one on.
     *
     * @throws AssertionError if a run fails. It ends the other runs
     */
    static Coverage passed(long first, long runs)
            throws IOException, InterruptedException, ExecutionException {
        var step = Runtime.getRuntime().availableProcessors();
        var children = new ArrayList<Process>();
        var threads = Executors.newCachedThreadPool();
        try {
            var outcomes = new ExecutorCompletionService<Outcome>(threads);
            for (var seed = first; seed < first + Math.min(step, runs); seed++) {
                var child =
                        child(
                                SeededRun.class,
                                String.valueOf(seed),
                                String.valueOf(first + runs),
                                String.valueOf(step));
                children.add(child);
                var _ = outcomes.submit(() -> outcome(child));
            }
            var coverage = new Coverage();
            for (var i = 0; i < children.size(); i++) {
                coverage.add(outcomes.take().get().coverage());
            }
            return coverage;
        } finally {
            children.forEach(Process::destroyForcibly);
            threads.shutdown();
        }
    }

    private record Outcome(List<String> lines, boolean passed) {
        Coverage coverage() {
            if (!passed) {
                throw new AssertionError(String.join(System.lineSeparator(), lines));
            }
            return Coverage.of(lines);
        }
    }

    private static Outcome outcome(Process child) throws IOException, InterruptedException {
        try (var output = child.inputReader(UTF_8)) {
            var lines = output.lines().toList();
            return new Outcome(lines, child.waitFor() == 0);
        }
    }

    /** Starts a Java process that runs {@code main} with the classes of this one. */
    static Process child(Class<?> main, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC", // every processor has a process of its own
                        "-Xmx1g",
                        "-Djdk.trackAllThreads=false", // else no ended thread is collected
                        "-Dsimulation.shrinks=" + System.getProperty("simulation.shrinks", "true"),
                        "--add-opens",
                        "java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        main.getName()));
        command.addAll(List.of(arguments));
        var child = new ProcessBuilder(command).redirectErrorStream(true).start();
        child.getOutputStream().close();
        return child;
    }

    /**
     * Runs seeds outside of any test.
     *
     * @param arguments the first seed, and how many
     */
    public static void main(String[] arguments) throws Exception {
        try {
            System.out.println(passed(Long.parseLong(arguments[0]), Long.parseLong(arguments[1])));
        } catch (AssertionError broken) {
            System.out.println(broken.getMessage());
            System.exit(1);
        }
    }
}
