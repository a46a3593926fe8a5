package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Screen;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.cli.terminal.Tty;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/**
 * The option {@code --watch}: draws a page again and again. While no controller answers, it shows
 * the last answer.
 */
final class WatchOption {
    private static final Duration PERIOD = Duration.ofMillis(500);

    @Option(
            names = {"-w", "--watch"},
            description = "Redraw the page as it changes, until Ctrl-C.")
    private boolean enabled;

    boolean enabled() {
        return enabled;
    }

    void watch(Terminal terminal, Supplier<JsonNode> ask, BiConsumer<Terminal, JsonNode> page) {
        try (var screen = new Screen(terminal, Tty::size)) {
            var answer = ask.get();
            do {
                var now = answer;
                screen.draw(it -> page.accept(it, now));
                answer = askAgain(screen, ask, page, answer);
            } while (!terminal.out().checkError() && !Thread.currentThread().isInterrupted());
        }
    }

    private static JsonNode askAgain(
            Screen screen,
            Supplier<JsonNode> ask,
            BiConsumer<Terminal, JsonNode> page,
            JsonNode before) {
        while (true) {
            pause();
            try {
                return ask.get();
            } catch (CommandFailure failure) {
                if (!failure.mayPass() || Thread.currentThread().isInterrupted()) {
                    throw failure;
                }
                screen.draw(it -> {
                    it.line(it.paint(Paint.BAD, "Not up to date: ") + failure.text());
                    it.line("");
                    page.accept(it, before);
                });
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PERIOD);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
