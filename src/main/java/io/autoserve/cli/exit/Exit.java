package io.autoserve.cli.exit;

import java.util.LinkedHashMap;
import java.util.Map;

/** How a command ended. */
public enum Exit {
    OK(0, "done"),
    FAILED(1, "the command failed"),
    USAGE(2, "invalid usage"),
    NOT_FOUND(3, "no such app, instance or file"),
    REFUSED(4, "refused: the spec or the request is invalid"),
    UNREACHABLE(5, "no controller answers"),
    TIMED_OUT(6, "--wait timed out"),
    DENIED(7, "not permitted: the token is missing, invalid or does not permit this"),
    WARNED(8, "doctor: the platform works, but a check warns");

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
