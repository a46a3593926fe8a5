package io.autoserve.cli.doctor;

import io.autoserve.cli.client.Trust;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLSocket;

/** Reads the certificate of a database server. The JDBC driver does not expose the certificate. */
final class ShownCertificate {
    private static final int PATIENCE_MILLIS = 5000;

    /**
     * The SSLRequest message, as PostgreSQL's protocol documents it: its length in bytes, then the
     * number of the request.
     */
    private static final byte[] TLS_PLEASE =
            ByteBuffer.allocate(8).putInt(8).putInt(80_877_103).array();

    private ShownCertificate() {}

    /**
     * Returns when the server's certificate expires.
     *
     * @param address {@code host:port}
     * @return empty if the server shows no trusted certificate
     */
    static Optional<Instant> end(String address, Trust trust) {
        var colon = address.lastIndexOf(':');
        var host = address.substring(0, colon);
        var port = Integer.parseInt(address.substring(colon + 1));
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(TLS_PLEASE);
            if (socket.getInputStream().read() != 'S') {
                return Optional.empty();
            }
            var factory = trust.context().getSocketFactory();
            try (var secure = (SSLSocket) factory.createSocket(socket, host, port, true)) {
                var shown = (X509Certificate) secure.getSession().getPeerCertificates()[0];
                return Optional.of(shown.getNotAfter().toInstant());
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
