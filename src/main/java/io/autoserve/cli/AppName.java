package io.autoserve.cli;

import io.autoserve.model.AppSpec;
import picocli.CommandLine.TypeConversionException;

/** The name of an app, as typed. What is none is not sent: in an address it could mean another. */
record AppName(String text) {
    static AppName of(String text) {
        if (!AppSpec.isName(text)) {
            throw new TypeConversionException(
                    "'%s' is no name of an app: small letters, digits and - between them"
                            .formatted(text));
        }
        return new AppName(text);
    }
}
