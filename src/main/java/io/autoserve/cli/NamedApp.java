package io.autoserve.cli;

import picocli.CommandLine.Parameters;

/** The argument that names the app of a command. */
final class NamedApp {
    @Parameters(
            index = "0",
            paramLabel = "NAME",
            description = "The app.",
            completionCandidates = AppNames.class)
    private AppName name;

    String name() {
        return name.text();
    }

    /** Returns a path of the API below the app. */
    String path(String below) {
        return "/api/v1/apps/" + name.text() + below;
    }
}
