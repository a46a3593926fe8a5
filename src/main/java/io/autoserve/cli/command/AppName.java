package io.autoserve.cli.command;

import io.autoserve.model.AppSpec;
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
}
