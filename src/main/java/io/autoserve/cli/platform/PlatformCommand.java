package io.autoserve.cli.platform;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows {@code platform} in the help. The launcher handles the command itself, without Java. */
@Command(
        name = "platform",
        header = "Run the cluster: three controllers, two databases, nginx",
        description =
                "Commands: up [--demo] [--pull], down [--volumes], status, token, rotate-ca"
                        + " [--prepare], logs [SERVICE]",
        footer = {"%nExample", "  ./autoserve platform up --demo"})
public final class PlatformCommand implements Runnable {
    @Parameters(arity = "0..*", hidden = true)
    private String[] ignored = {};

    @Override
    public void run() {
        throw CommandFailure.of(
                Exit.USAGE,
                "only the launcher can run 'platform %s': use './autoserve platform %<s'"
                        .formatted(String.join(" ", ignored)));
    }
}
