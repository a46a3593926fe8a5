package io.autoserve.cli.exit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends a command with an exit code and a message. The message says what went wrong and what the
 * user can do.
 */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exit exit;
    private final transient List<String> details;

    private CommandFailure(
            Exit exit, String message, List<String> details, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
        this.details = List.copyOf(details);
    }

    public static CommandFailure of(Exit exit, String message) {
        return new CommandFailure(exit, message, List.of(), null);
    }

    public static CommandFailure of(Exit exit, String message, Throwable cause) {
        return new CommandFailure(exit, message, List.of(), cause);
    }

    /**
     * Adds lines that stand on their own, such as the errors of a spec. They are printed before the
     * message.
     */
    public static CommandFailure of(Exit exit, String message, List<String> details) {
        return new CommandFailure(exit, message, details, null);
    }

    public Exit exit() {
        return exit;
    }

    /**
     * Returns whether a retry may succeed: no controller answered, or the answer was a 502, 503 or
     * 504. A command may retry if a controller has answered it before.
     */
    public boolean mayPass() {
        return exit == Exit.UNREACHABLE;
    }

    public List<String> details() {
        return details;
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
