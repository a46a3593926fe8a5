package io.autoserve.cli.terminal;

/**
 * Shows the progress of a wait. A terminal has one line that is overwritten, and other outputs get
 * a line for each change.
 */
public final class Progress implements AutoCloseable {
    // Lines do not wrap, since a line that is wider than the terminal could not be overwritten.
    private static final String REWRITE = "\r\033[K\033[?7l";
    private static final String RESTORE = "\033[?7h";

    private final Terminal terminal;
    private String last = "";
    private String shown = "";
    private boolean open;

    Progress(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * @param text what the command waits for
     * @param clock the elapsed time, which changes all the time. Where lines cannot be overwritten,
     *     a change of it alone prints no line
     * @param trouble the reason why the wait takes so long; empty if none is known. Where lines
     *     cannot be overwritten, the same reason is printed only once
     */
    public void show(String text, String clock, String trouble) {
        if (terminal.live()) {
            var line = Cells.harmless(text + clock + trouble).replace('\n', ' ');
            terminal.out().print(REWRITE + line + RESTORE);
            terminal.out().flush();
            open = true;
        } else if (!trouble.isEmpty() && !trouble.equals(shown)) {
            terminal.line(text + clock + trouble);
            shown = trouble;
        } else if (!text.equals(last)) {
            terminal.line(text + clock);
        }
        last = text;
    }

    public void show(String text) {
        show(text, "", "");
    }

    public void end(String text) {
        close();
        terminal.line(text);
    }

    @Override
    public void close() {
        if (open) {
            terminal.out().print("\r\033[K");
            open = false;
        }
    }
}
