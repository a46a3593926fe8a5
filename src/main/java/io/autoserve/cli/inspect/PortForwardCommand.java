package io.autoserve.cli.inspect;

import io.autoserve.cli.client.ApiWebSocket;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "port-forward",
        header = "Reach a port of an instance from this machine",
        description = {
            "Listens only on this machine, until Ctrl-C. The instance must listen on the port,"
                    + " but it need not be ready or in the route. An event records who connects."
                    + " Browsers send cookies of localhost to all of its ports. In plain HTTP/1,"
                    + " port-forward therefore hides the value of the dashboard's session cookie"
                    + " from the app. It cannot do so if the app uses TLS."
        },
        footer = {
            "%nExamples",
            "  autoserve port-forward web 8080",
            "  autoserve port-forward web 9000:8080 9001:9090 --instance web-2",
            "  autoserve port-forward web 0:8080    # any free port, which is printed"
        })
public final class PortForwardCommand extends ClientCommand {
    private static final int PART = 16 * 1024;

    @Mixin private InstanceExecCommand.InstanceOf target;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "[LOCAL:]REMOTE",
            converter = PortPairConverter.class,
            description = "The local port and the instance's port; one number means both.")
    private List<PortPair> ports;

    /**
     * @param local 0 means any free port
     */
    record PortPair(int local, int remote) {}

    static final class PortPairConverter implements ITypeConverter<PortPair> {
        @Override
        public PortPair convert(String text) {
            if (!text.matches("(\\d{1,5}:)?\\d{1,5}")) {
                throw wrong(text);
            }
            var numbers = text.split(":", 2);
            var ports =
                    new PortPair(
                            Integer.parseInt(numbers[0]),
                            Integer.parseInt(numbers[numbers.length - 1]));
            if (ports.local > 65535 || ports.remote < 1 || ports.remote > 65535) {
                throw wrong(text);
            }
            return ports;
        }

        private static TypeConversionException wrong(String text) {
            return new TypeConversionException(
                    "'%s' is not a pair of ports such as 8080 or 9000:8080".formatted(text));
        }
    }

    @Override
    public void run() {
        api().requireWay(path(ports.getFirst().remote()));
        var sockets = new ArrayList<ServerSocket>();
        ports.forEach(pair -> sockets.add(listen(pair)));
        for (var index = 0; index < ports.size(); index++) {
            var socket = sockets.get(index);
            var remote = ports.get(index).remote();
            terminal()
                    .line(
                            "%s → port %d of %s"
                                    .formatted(
                                            terminal()
                                                    .paint(
                                                            Paint.STRONG,
                                                            "127.0.0.1:" + socket.getLocalPort()),
                                            remote,
                                            target.instance().orElse(target.app())));
            Thread.ofVirtual().start(() -> accept(socket, remote));
        }
        terminal().line(terminal().paint(Paint.FAINT, "Press Ctrl-C to stop."));
        forEver();
    }

    private String path(int remote) {
        var path = target.path("/forward");
        return path + (path.contains("?") ? "&port=" : "?port=") + remote;
    }

    private static ServerSocket listen(PortPair pair) {
        try {
            var socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), pair.local()));
            return socket;
        } catch (IOException taken) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    ("port %d of this machine cannot be used (%s): choose another, such as %d:%d,"
                                    + " or 0:%d for any free port")
                            .formatted(
                                    pair.local(),
                                    taken.getMessage(),
                                    pair.local() + 1,
                                    pair.remote(),
                                    pair.remote()),
                    taken);
        }
    }

    private static void forEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept(ServerSocket socket, int remote) {
        while (true) {
            try {
                var connection = socket.accept();
                Thread.ofVirtual().start(() -> serve(connection, remote));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection, int remote) {
        try (connection;
                var webSocket = api().openWebSocket(path(remote))) {
            Thread.ofVirtual().start(() -> pass(connection, webSocket));
            receive(connection, webSocket);
        } catch (CommandFailure refused) {
            complain(refused.text());
        } catch (IOException _) {
            // the local client closed its connection
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pass(Socket connection, ApiWebSocket webSocket) {
        var part = new byte[PART];
        var mask = new SessionMask();
        try {
            var in = connection.getInputStream();
            for (var count = in.read(part); count >= 0; count = in.read(part)) {
                mask.hide(part, count);
                webSocket.send(part, count);
            }
            webSocket.endInput();
        } catch (IOException gone) {
            webSocket.close();
        }
    }

    private void receive(Socket connection, ApiWebSocket webSocket)
            throws IOException, InterruptedException {
        while (true) {
            switch (webSocket.next()) {
                case ApiWebSocket.Message.Bytes(_, var bytes) ->
                        connection
                                .getOutputStream()
                                .write(bytes.array(), bytes.arrayOffset(), bytes.remaining());
                case ApiWebSocket.Message.Ended _ -> {
                    return;
                }
                case ApiWebSocket.Message.Broken(var reason) -> {
                    complain(reason);
                    return;
                }
            }
        }
    }

    private void complain(String text) {
        terminal().aside(terminal().paint(Paint.BAD, "autoserve: ") + text);
    }
}
