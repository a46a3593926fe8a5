package io.autoserve.cli.command;

import io.autoserve.model.AppSpec;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/**
 * The name of an app, as the user typed it. An invalid name is never sent, because a URL that
 * contains it could address something other than an app.
 */
public record AppName(String text) {
    public static AppName of(String text) {
        if (!AppSpec.isName(text)) {
            throw new TypeConversionException(
                    ("'%s' is not an app name: use lowercase letters and digits, with - only"
                                    + " between them")
                            .formatted(text));
        }
        return new AppName(text);
    }

    /**
     * Converts the names that a command has read as Strings, and drops repeated ones. A command
     * with an optional or a repeated argument reads Strings, because picocli would report an
     * invalid {@code AppName} there as an unexpected argument.
     */
    public static List<AppName> all(CommandLine command, List<String> typed) {
        try {
            return typed.stream().map(AppName::of).distinct().toList();
        } catch (TypeConversionException invalid) {
            throw new ParameterException(command, String.valueOf(invalid.getMessage()));
        }
    }

    /** Returns the API path of the app, followed by {@code below}. */
    public String path(String below) {
        return "/api/v1/apps/" + text + below;
    }
}
