package io.autoserve.runtime;

import com.github.dockerjava.api.exception.DockerException;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A raw byte connection in both directions, either to a port or to the engine after an HTTP
 * upgrade. docker-java can upgrade too, but it cannot end the input, so a command that reads its
 * input to the end would never finish. docker-java also drops the engine's error message.
 */
final class Connection implements Closeable {
    private static final int LONGEST_HEAD = 16 * 1024;

    private final SocketChannel channel;
    private final InputStream in;

    private Connection(SocketChannel channel) {
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
    }

    static Connection dial(String address, int port, Duration patience) throws IOException {
        var channel = SocketChannel.open();
        try {
            channel.socket()
                    .connect(new InetSocketAddress(address, port), (int) patience.toMillis());
            return new Connection(channel);
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
    }

    /**
     * Sends a POST to the engine and upgrades the connection from HTTP to raw bytes.
     *
     * @param socket address of the engine, with the scheme {@code unix://} or {@code tcp://}
     * @param json the body of the request
     */
    static Connection upgrade(URI socket, String path, String json) throws IOException {
        var connection = new Connection(open(socket));
        try {
            var body = json.getBytes(StandardCharsets.UTF_8);
            connection.write(
                    """
                    POST %s HTTP/1.1
                    Host: engine
                    Connection: Upgrade
                    Upgrade: tcp
                    Content-Type: application/json
                    Content-Length: %d

                    """
                            .formatted(path, body.length)
                            .replace("\n", "\r\n")
                            .getBytes(StandardCharsets.UTF_8));
            connection.write(body);
            connection.requireUpgrade();
            return connection;
        } catch (IOException | RuntimeException refused) {
            connection.close();
            throw refused;
        }
    }

    private static SocketChannel open(URI socket) throws IOException {
        if (!"unix".equals(socket.getScheme())) {
            return SocketChannel.open(new InetSocketAddress(socket.getHost(), socket.getPort()));
        }
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket.getPath()));
        return channel;
    }

    private void requireUpgrade() throws IOException {
        var head = head();
        var status = Integer.parseInt(head.split(" ", 3)[1]);
        if (status != 101) {
            channel.shutdownOutput();
            var words = new String(in.readNBytes(LONGEST_HEAD), StandardCharsets.UTF_8);
            throw new DockerException(words, status);
        }
    }

    private String head() throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            var next = in.read();
            if (next < 0 || head.size() > LONGEST_HEAD) {
                throw new EOFException("Docker's answer is incomplete");
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    InputStream in() {
        return in;
    }

    void write(byte[] bytes) throws IOException {
        for (var left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            channel.write(left);
        }
    }

    void endInput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
