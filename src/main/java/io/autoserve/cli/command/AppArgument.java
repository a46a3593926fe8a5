package io.autoserve.cli.command;

import picocli.CommandLine.Parameters;

/** The argument that names the app of a command. */
public final class AppArgument {
    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "The app.",
            completionCandidates = AppNames.class)
    private AppName name;

    public String name() {
        return name.text();
    }

    /** Returns the API path of the app, followed by {@code below}. */
    public String path(String below) {
        return name.path(below);
    }
}
