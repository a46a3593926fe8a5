package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Requests the stream of events and never reads it. Its small receive buffer fills quickly. */
public final class StalledReader {
    private StalledReader() {}

    /**
     * @param query such as {@code ?after=0}, or empty
     */
    public static Socket connect(int port, String query) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        var request =
                "GET /api/v1/events/stream%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(query);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        return socket;
    }
}
