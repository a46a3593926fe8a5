package io.autoserve.cli.platform;

import io.autoserve.Settings;
import io.autoserve.cli.command.Shell;
import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

@Command(
        name = "controller",
        header = "Run one controller in this process",
        description =
                "AUTOSERVE_… variables configure the controller. It stops on SIGTERM or Ctrl-C.",
        footer = {
            "%nExample",
            "  AUTOSERVE_POSTGRES=db1:5432,db2:5432 AUTOSERVE_NAME=c1 autoserve controller"
        })
public final class ControllerCommand extends ShellCommand {
    @Override
    public void run() {
        serve(shell());
    }

    public static void serve(Shell shell) {
        try {
            var controller = shell.controllers().start(Settings.from(shell.environment()));
            var ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(controller)));
            ended.await(); // a signal ends the process
        } catch (Exception e) {
            throw CommandFailure.of(
                    Exit.FAILED, "the controller does not start: " + e.getMessage(), e);
        }
    }

    private static void close(AutoCloseable controller) {
        try {
            controller.close();
        } catch (Exception e) {
            System.err.println("The controller did not stop cleanly: " + e);
        }
    }
}
