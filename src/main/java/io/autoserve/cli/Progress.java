package io.autoserve.cli;

/**
 * One line that says what is going on: written over on a terminal, one line per change elsewhere.
 */
public final class Progress implements AutoCloseable {
    // Without line wrap, since a line that got wider than the terminal could not be written over
    private static final String REWRITE = "\r\033[K\033[?7l";
    private static final String RESTORE = "\033[?7h";

    private final Terminal terminal;
    private String last = "";
    private String told = "";
    private boolean open;

    Progress(Terminal terminal) {
        this.terminal = terminal;
    }

    /**
     * @param text what is being waited for
     * @param clock changes all the time, so that it alone is no news where lines cannot be undone
     * @param trouble why it takes so long, which there is not told twice; empty: nothing is known
     */
    public void show(String text, String clock, String trouble) {
        if (terminal.live()) {
            var line = Cells.harmless(text + clock + trouble).replace('\n', ' ');
            terminal.out().print(REWRITE + line + RESTORE);
            terminal.out().flush();
            open = true;
        } else if (!trouble.isEmpty() && !trouble.equals(told)) {
            terminal.line(text + clock + trouble);
            told = trouble;
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
