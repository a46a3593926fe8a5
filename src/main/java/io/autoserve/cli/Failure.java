package io.autoserve.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a command: what went wrong, the way out, and the exit code. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exit exit;
    private final transient List<String> details;

    private Failure(Exit exit, String message, List<String> details, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
        this.details = List.copyOf(details);
    }

    public static Failure of(Exit exit, String message) {
        return new Failure(exit, message, List.of(), null);
    }

    public static Failure of(Exit exit, String message, Throwable cause) {
        return new Failure(exit, message, List.of(), cause);
    }

    /** Lines that stand on their own, such as the faults of a spec, and are printed first. */
    public static Failure of(Exit exit, String message, List<String> details) {
        return new Failure(exit, message, details, null);
    }

    public Exit exit() {
        return exit;
    }

    /** Nobody answers, at the moment: who has been answered before may ask again. */
    boolean mayPass() {
        return exit == Exit.UNREACHABLE;
    }

    List<String> details() {
        return details;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
