package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Sends one request over TLS, trusts any certificate, and records the certificate that the server
 * presented.
 *
 * @param answer head and body of the response
 */
public record TlsVisit(X509Certificate certificate, String answer) {

    /**
     * @throws SSLHandshakeException if the server has no certificate for the host
     */
    public static TlsVisit to(int port, String host, String path) throws SSLHandshakeException {
        return to(InetAddress.getLoopbackAddress().getHostAddress(), port, host, path);
    }

    public static TlsVisit to(String address, int port, String host, String path)
            throws SSLHandshakeException {
        try (var socket = open(address, port, host)) {
            var question =
                    "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
                            .formatted(path, host);
            socket.getOutputStream().write(question.getBytes(ISO_8859_1));
            var answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return new TlsVisit(shown, answer);
        } catch (SSLHandshakeException nothing) {
            throw nothing;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Opens a connection and completes the handshake.
     *
     * @throws SSLHandshakeException if the server has no certificate for the host
     */
    public static SSLSocket open(String address, int port, String host) throws IOException {
        return open(address, port, host, "");
    }

    /**
     * Opens a connection, sends a text without TLS, and then completes the handshake.
     *
     * @throws SSLHandshakeException if the server has no certificate for the host
     */
    public static SSLSocket open(String address, int port, String host, String announcement)
            throws IOException {
        return open(address, port, host, announcement, _ -> {});
    }

    /** Returns whether the server accepts a client that offers only these ciphers of TLS 1.2. */
    public static boolean accepts(String address, int port, String host, String... suites)
            throws IOException {
        try {
            open(
                            address,
                            port,
                            host,
                            "",
                            offer -> {
                                offer.setProtocols(new String[] {"TLSv1.2"});
                                offer.setCipherSuites(suites);
                            })
                    .close();
            return true;
        } catch (SSLHandshakeException refused) {
            return false;
        }
    }

    private static SSLSocket open(
            String address,
            int port,
            String host,
            String announcement,
            Consumer<SSLParameters> offer)
            throws IOException {
        var plain = new Socket(address, port);
        try {
            plain.setSoTimeout((int) Eventually.PATIENCE.toMillis());
            plain.getOutputStream().write(announcement.getBytes(ISO_8859_1));
            var factory = trusting().getSocketFactory();
            var socket = (SSLSocket) factory.createSocket(plain, host, port, true);
            var parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            offer.accept(parameters);
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    public boolean answered(int status) {
        return answer.startsWith("HTTP/1.1 " + status + " ");
    }

    private static SSLContext trusting() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Trusting()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Trusting extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
