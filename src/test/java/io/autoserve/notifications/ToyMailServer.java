package io.autoserve.notifications;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;

/** A mail server that accepts mails and remembers what it got. */
final class ToyMailServer implements AutoCloseable {
    private final ServerSocket listening;
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final List<String> message = new CopyOnWriteArrayList<>();
    private volatile String toRecipients = "250 ok";
    private volatile boolean silentAtTheEnd;
    private volatile boolean endless;

    ToyMailServer() {
        this(ServerSocketFactory.getDefault());
    }

    /**
     * @param sockets decides about TLS
     */
    ToyMailServer(ServerSocketFactory sockets) {
        try {
            listening = sockets.createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    List<String> commands() {
        return List.copyOf(commands);
    }

    /** Returns the lines of the last mail. */
    List<String> message() {
        return List.copyOf(message);
    }

    /** Answers this to each recipient from now on. */
    void refuses(String answer) {
        toRecipients = answer;
    }

    /** Gives no answer to the end of a conversation from now on. */
    void isSilentAtTheEnd() {
        silentAtTheEnd = true;
    }

    /** Begins each conversation with an answer that does not end, from now on. */
    void isEndless() {
        endless = true;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var connection = listening.accept();
                Thread.startVirtualThread(() -> serve(connection));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket connection) {
        try (connection;
                var lines =
                        new BufferedReader(
                                new InputStreamReader(connection.getInputStream(), UTF_8))) {
            while (endless) {
                say(connection, "220-" + "toy".repeat(300));
            }
            say(connection, "220 toy");
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                commands.add(line);
                if (silentAtTheEnd && line.equals("QUIT")) {
                    continue;
                }
                if (line.equals("DATA")) {
                    say(connection, "354 go ahead");
                    read(lines);
                }
                say(connection, line.startsWith("RCPT") ? toRecipients : "250 ok");
            }
        } catch (IOException broken) {
            // the client has closed the connection
        }
    }

    private void read(BufferedReader lines) throws IOException {
        message.clear();
        for (var line = lines.readLine();
                line != null && !line.equals(".");
                line = lines.readLine()) {
            message.add(line);
        }
    }

    private static void say(Socket connection, String answer) throws IOException {
        connection.getOutputStream().write((answer + "\r\n").getBytes(UTF_8));
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
