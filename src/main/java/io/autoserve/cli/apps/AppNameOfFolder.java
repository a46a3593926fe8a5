package io.autoserve.cli.apps;

import io.autoserve.cli.command.AppName;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** Names an app after the folder with its Dockerfile. */
final class AppNameOfFolder {
    private AppNameOfFolder() {}

    /** Returns the name. Fails and names the way out if the folder's name is not one of an app. */
    static AppName of(CommandLine command, Path folder, String option) {
        var last = folder.toAbsolutePath().normalize().getFileName();
        var name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
        try {
            return AppName.of(name.replaceAll("[ ._]", "-"));
        } catch (TypeConversionException e) {
            throw new ParameterException(
                    command, "%s, and name it with %s".formatted(e.getMessage(), option));
        }
    }
}
