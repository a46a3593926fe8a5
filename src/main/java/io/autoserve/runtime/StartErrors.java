package io.autoserve.runtime;

import java.util.List;
import java.util.Optional;

/**
 * Words errors of the container runtime (OCI, runc) plainly. Docker passes them on as a chain of
 * messages of which only the last one is about the image or the spec. Text of the spec stays in
 * double quotes, so that nobody takes it for a word of Docker.
 */
final class StartErrors {
    /** What comes before the cause, from the outermost message to the innermost. */
    private static final List<String> WRAPPERS =
            List.of(
                    "OCI runtime create failed: ",
                    "runc create failed: ",
                    "exec failed: ",
                    "unable to start container process: ",
                    "error during container init: ");

    private static final String SUFFIX = ": unknown";

    private StartErrors() {}

    /** Returns the message, reworded if it is a known error of the container runtime. */
    static String plain(String message) {
        var cause = cause(message);
        return program(cause).or(() -> folder(cause)).or(() -> user(cause)).orElse(cause);
    }

    private static String cause(String message) {
        var cause = message;
        for (var wrapper : WRAPPERS) {
            var at = cause.lastIndexOf(wrapper);
            cause = at < 0 ? cause : cause.substring(at + wrapper.length());
        }
        return cause.endsWith(SUFFIX) && cause.length() < message.length()
                ? cause.substring(0, cause.length() - SUFFIX.length())
                : cause;
    }

    private static Optional<String> program(String cause) {
        return between(cause, "exec: \"", "\": ")
                .flatMap(program -> {
                    var reason = cause.substring(cause.indexOf("\": ") + 3);
                    if (reason.startsWith("executable file not found")) {
                        return Optional.of(
                                "the image has no program \"%s\" in its PATH: correct spec.command or the image"
                                        .formatted(program));
                    }
                    if (reason.contains("no such file or directory")) {
                        return Optional.of(
                                "the image has no file \"%s\": correct spec.command or the image"
                                        .formatted(program));
                    }
                    if (reason.contains("permission denied")) {
                        return Optional.of(
                                "\"%s\" is not executable: run 'chmod +x' on it in the Dockerfile"
                                        .formatted(program));
                    }
                    return reason.contains("exec format error")
                            ? Optional.of(
                                    "\"%s\" is built for another processor, or is a script without '#!': build the image for this machine"
                                            .formatted(program))
                            : Optional.empty();
                });
    }

    private static Optional<String> folder(String cause) {
        return between(cause, "chdir to cwd (\"", "\") set in config.json failed: ")
                .map(folder ->
                        "the program cannot use the folder \"%s\" (%s): correct spec.workingDir or the image"
                                .formatted(folder, cause.substring(cause.lastIndexOf(": ") + 2)));
    }

    private static Optional<String> user(String cause) {
        return between(cause, "unable to find user ", ": no matching entries in passwd file")
                .map(user ->
                        "the image has no user \"%s\": correct spec.user or the image"
                                .formatted(user));
    }

    /**
     * Returns the text between two others. Returns empty if it contains an escaped character, since
     * its end is not certain then.
     */
    private static Optional<String> between(String text, String start, String end) {
        var from = text.indexOf(start);
        var to = from < 0 ? -1 : text.indexOf(end, from + start.length());
        return to < 0
                ? Optional.empty()
                : Optional.of(text.substring(from + start.length(), to))
                        .filter(found -> found.indexOf('\\') < 0);
    }
}
