package io.autoserve.cli.terminal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Draws pages over each other on the alternate screen of a terminal. Each page is one write, so
 * that nothing flickers. Lines that do not fit into the window are cut. After the screen is closed,
 * the last page stays visible. If the output is not a terminal, each page that differs from the
 * previous page is printed.
 */
public final class Screen implements AutoCloseable {
    private static final String ENTER = "\033[?1049h\033[?25l";
    private static final String LEAVE = "\033[?25h\033[?1049l";
    private static final String BEGIN = "\033[?2026h\033[H"; // the terminal draws the page at once
    private static final String END = "\033[J\033[?2026l";

    private final Terminal terminal;
    private final Supplier<Tty.Size> size;
    private final Thread leaving = new Thread(this::leave);
    private volatile List<String> last = List.of();
    private volatile boolean entered;

    public Screen(Terminal terminal, Supplier<Tty.Size> size) {
        this.terminal = terminal;
        this.size = size;
    }

    /**
     * @param page prints the page
     */
    public void draw(Consumer<Terminal> page) {
        var lines = printed(page);
        if (terminal.live()) {
            enter();
            write(frame(lines, size.get()));
        } else if (!lines.equals(last)) {
            if (!last.isEmpty()) {
                terminal.line("");
            }
            lines.forEach(terminal::line);
        }
        last = lines;
    }

    private List<String> printed(Consumer<Terminal> page) {
        var bytes = new ByteArrayOutputStream();
        page.accept(terminal.onto(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    static String frame(List<String> lines, Tty.Size size) {
        var frame = new StringBuilder(BEGIN);
        var shown = Math.min(lines.size(), size.rows());
        for (int row = 0; row < shown; row++) {
            frame.append(Cells.cut(lines.get(row), size.columns())).append("\033[K");
            frame.append(row < shown - 1 ? "\r\n" : "");
        }
        return frame.append(END).toString();
    }

    private void enter() {
        if (!entered) {
            entered = true;
            Runtime.getRuntime().addShutdownHook(leaving); // runs after Ctrl-C too
            write(ENTER);
        }
    }

    private void leave() {
        write(LEAVE);
        last.forEach(terminal::line);
    }

    private void write(String text) {
        terminal.out().print(text);
        terminal.out().flush();
    }

    @Override
    public void close() {
        if (entered) {
            Runtime.getRuntime().removeShutdownHook(leaving);
            leave();
        }
    }
}
