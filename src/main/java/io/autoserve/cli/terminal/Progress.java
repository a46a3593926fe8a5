package io.autoserve.cli.terminal;

/**
 * Shows the progress of a wait. On a terminal, one line is overwritten. Any other output gets a new
 * line for each change.
 */
public final class Progress implements AutoCloseable {
    // Switches off line wrapping, because a line that wraps could not be overwritten.
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
     * @param clock the elapsed time. On an output that is not a terminal, a change of the elapsed
     *     time alone prints no new line
     * @param trouble the reason why the wait takes so long; empty if none is known. On an output
     *     that is not a terminal, the same reason is printed only once
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
