package io.autoserve.cli.exit;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a command ended. */
public enum Exit {
    OK(0, "done"),
    FAILED(1, "tried, and it went wrong"),
    USAGE(2, "the command line makes no sense"),
    NOT_FOUND(3, "no such app, instance or file"),
    REFUSED(4, "refused: the spec or the request is not valid"),
    UNREACHABLE(5, "no controller answers"),
    TIMED_OUT(6, "what --wait waits for took too long"),
    DENIED(7, "not allowed: no token, a wrong one, or one that is not for this"),
    WARNED(8, "doctor: it works, but something should be seen to");

    private final int code;
    private final String meaning;

    Exit(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** Returns the exit code of the process, which scripts rely on. */
    public int code() {
        return code;
    }

    public static Map<String, String> meanings() {
        var meanings = new LinkedHashMap<String, String>();
        for (var exit : values()) {
            meanings.put(String.valueOf(exit.code()), exit.meaning);
        }
        return meanings;
    }
}
