package io.autoserve.cli.dev;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs steps one after the other, and prints a line with the duration of each. */
record Steps(Terminal terminal) {

    /** A step that reports its progress. */
    interface DevStep<T> {
        T run(Consumer<String> progress) throws Exception;
    }

    /**
     * @param doing the text to show while the step runs
     * @param done returns the text to print for the result
     */
    <T> T run(String doing, DevStep<T> step, Function<T, String> done) {
        var start = System.nanoTime();
        try (var progress = terminal.progress()) {
            Consumer<String> show = text -> progress.show(terminal.paint(Paint.FAINT, "… " + text));
            if (terminal.live()) {
                show.accept(doing);
            }
            var result = step.run(show);
            var took = HumanUnits.seconds(Duration.ofNanos(System.nanoTime() - start));
            progress.end(
                    "%s %s %s"
                            .formatted(
                                    terminal.paint(Paint.GOOD, "✓"),
                                    done.apply(result),
                                    terminal.paint(Paint.FAINT, "(" + took + ")")));
            return result;
        } catch (CommandFailure failure) {
            throw failure;
        } catch (Exception e) {
            throw CommandFailure.of(Exit.FAILED, "%s failed: %s".formatted(doing, reason(e)), e);
        }
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
