package io.autoserve.runtime;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.autoserve.model.ExecCommand;
import io.autoserve.model.Session;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;

/**
 * Runs a command in a container while a client is attached. Sends the command's output to the
 * client as it arrives, and the client's input to the command as it is typed.
 */
final class AttachedCommand {
    /**
     * Ctrl-C and Ctrl-D. They are sent when the client disconnects, because Docker does not end a
     * command when its terminal goes away.
     */
    private static final byte[] HANG_UP = "\3\4".getBytes(US_ASCII);

    private static final Duration PATIENCE = Duration.ofMillis(500);
    private static final byte[] END_OF_INPUT = "\4".getBytes(US_ASCII);

    private AttachedCommand() {}

    static Session start(
            Engine engine,
            URI socket,
            String container,
            ExecCommand command,
            Session.Output output,
            Runnable release) {
        var what = "run '%s' in %s".formatted(command.text(), container);
        var id = create(engine, what, container, command);
        var start =
                command.terminal()
                        ? "{\"Tty\":true,\"ConsoleSize\":[%d,%d]}"
                                .formatted(command.rows(), command.columns())
                        : "{\"Tty\":false}";
        var connection =
                engine.within(
                        what, () -> Connection.upgrade(socket, "/exec/" + id + "/start", start));
        var session =
                new Attached(
                        connection,
                        command.terminal() ? Attached::copy : AttachedCommand::both,
                        () -> new Processes(engine).exitCode(what, id),
                        (columns, rows) ->
                                engine.tell(
                                        what,
                                        client ->
                                                client.resizeExecCmd(id)
                                                        .withSize(rows, columns)
                                                        .exec()),
                        output);
        if (!command.terminal()) {
            return session.start("exec-" + container, release);
        }
        var terminal = new AtTerminal(session.start("exec-" + container, release));
        // Sets the size again, for engines that ignore ConsoleSize. The engine answers this call
        // only once the command has started, so the call runs on a separate thread.
        Thread.startVirtualThread(() -> terminal.resize(command.columns(), command.rows()));
        return terminal;
    }

    private static String create(
            Engine engine, String what, String container, ExecCommand command) {
        return engine.call(
                what,
                client ->
                        client.execCreateCmd(container)
                                .withAttachStdin(command.input())
                                .withAttachStdout(true)
                                .withAttachStderr(true)
                                .withTty(command.terminal())
                                .withCmd(command.command().toArray(String[]::new))
                                .exec()
                                .getId());
    }

    private static void both(InputStream in, Session.Output output)
            throws IOException, InterruptedException {
        Frames.read(in, output::bytes);
    }

    private record AtTerminal(Session session) implements Session {
        @Override
        public void write(byte[] bytes) {
            session.write(bytes);
        }

        @Override
        public void endInput() {
            session.write(END_OF_INPUT);
        }

        @Override
        public void resize(int columns, int rows) {
            session.resize(columns, rows);
        }

        @Override
        public void close() {
            var hangingUp = Thread.startVirtualThread(() -> session.write(HANG_UP));
            try {
                // waits only briefly, because the write blocks while nothing reads the input
                var _ = hangingUp.join(PATIENCE);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            session.close();
        }
    }
}
