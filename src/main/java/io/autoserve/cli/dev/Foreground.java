package io.autoserve.cli.dev;

import io.autoserve.AccessSettings;
import io.autoserve.Settings;
import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.command.Shell;
import io.autoserve.cli.dev.DevCommand.DevOptions;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.model.RegistryRules;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;

/** Runs the platform in this process. Each part starts once the previous part answers. */
final class Foreground {
    private final Shell shell;
    private final Terminal terminal;
    private final DevFolder folder;
    private final DevOptions options;
    private final Steps steps;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private boolean closed;

    Foreground(Shell shell, DevFolder folder, DevOptions options) {
        this.shell = shell;
        this.terminal = shell.terminal();
        this.folder = folder;
        this.options = options;
        this.steps = new Steps(terminal);
    }

    void run() {
        var begin = System.nanoTime();
        var lock = lock();
        logToFile();
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        try {
            start();
            var took = Duration.ofNanos(System.nanoTime() - begin);
            new Welcome(terminal, options).print(took);
            state().serving().write(folder);
            settle();
            new CountDownLatch(1).await(); // until a signal arrives
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            close();
            release(lock);
        }
    }

    private void start() {
        state().write(folder);
        var database =
                steps.run(
                        "PostgreSQL",
                        _ -> opened(DevDatabase.start(folder)),
                        it -> "PostgreSQL %s on 127.0.0.1:%d".formatted(it.version(), it.port()));
        var settings = settings(database);
        steps.run(
                "nginx",
                _ -> {
                    new DevContainers(settings).startProxy(options.httpPort());
                    return options.apps();
                },
                "nginx on %s"::formatted);
        steps.run(
                "controller",
                _ -> opened(shell.controllers().start(settings)),
                _ -> "controller %s on %s".formatted(BuildVersion.text(), options.api()));
        if (options.demo()) {
            new Demo(shell.environment(), options).start(steps);
        }
    }

    private void settle() {
        if (shell.environment().containsKey(Background.DETACHED)) {
            terminal.out().close(); // the launching process waits for this
        } else {
            terminal.line(
                    terminal.paint(
                            Paint.FAINT, "Ctrl-C stops the control plane; apps keep serving."));
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        synchronized (started) {
            started.push(part);
        }
        return part;
    }

    private Settings settings(DevDatabase database) {
        var base = Settings.from(shell.environment());
        return new Settings(
                base.name(),
                "127.0.0.1",
                options.apiPort(),
                options.api(),
                database.settings(),
                base.dockerSocket(),
                base.installation(),
                base.network(),
                base.subnet(),
                folder.proxy(),
                base.proxyContainer(),
                1,
                null,
                null,
                base.allowance(),
                RegistryRules.EVERY,
                base.privateReceivers(),
                base.metricHosts(),
                base.secretKeyFile() == null ? folder.secretKey() : base.secretKeyFile(),
                base.acmeDirectory(),
                base.maxInstances(),
                base.instanceLimits(),
                base.historyBytes(),
                AccessSettings.OPEN,
                null);
    }

    private DevState state() {
        return new DevState(ProcessHandle.current().pid(), options.api(), options.apps(), false);
    }

    private FileChannel lock() {
        return folder.lock()
                .orElseThrow(() ->
                        CommandFailure.of(
                                Exit.FAILED,
                                "the platform is already starting in another process"));
    }

    /**
     * Redirects standard output and standard error to the log file, because the terminal shows the
     * progress.
     */
    private void logToFile() {
        try {
            var file = folder.log("dev.log").toFile();
            var log =
                    new PrintStream(new FileOutputStream(file, true), true, StandardCharsets.UTF_8);
            System.setOut(log);
            System.setErr(log);
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "the log cannot be opened: " + e, e);
        }
    }

    /** Stops the parts in reverse order of their start. Only the first call does anything. */
    private void close() {
        synchronized (started) {
            if (closed) {
                return;
            }
            closed = true;
            while (!started.isEmpty()) {
                try {
                    started.pop().close();
                } catch (Exception e) {
                    System.err.println("shutdown: could not stop a part of the platform: " + e);
                }
            }
        }
        try {
            java.nio.file.Files.deleteIfExists(folder.state());
        } catch (IOException e) {
            System.err.println("shutdown: could not delete the state: " + e);
        }
    }

    private static void release(FileChannel lock) {
        try {
            lock.close();
        } catch (IOException e) {
            System.err.println("shutdown: could not release the lock: " + e);
        }
    }
}
