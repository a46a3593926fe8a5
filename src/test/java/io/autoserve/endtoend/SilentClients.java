package io.autoserve.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Clients of a PostgreSQL server that begin to log in as {@code autoserve} and never send the
 * password. A client that the server disconnects connects again.
 */
final class SilentClients implements AutoCloseable {
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(20);
    private static final int SSL_REQUEST = 80_877_103;
    private static final int PROTOCOL_3_0 = 196_608;

    private final String host;
    private final int port;
    private final SSLSocketFactory tls;
    private final AtomicInteger silent = new AtomicInteger();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    SilentClients(String address, int clients) throws GeneralSecurityException {
        var colon = address.lastIndexOf(':');
        host = address.substring(0, colon);
        port = Integer.parseInt(address.substring(colon + 1));
        tls = trustingEverybody();
        for (var i = 0; i < clients; i++) {
            Thread.ofVirtual().start(this::connectAgainAndAgain);
        }
    }

    /** Returns how many clients have been asked for their password and are connected now. */
    int silent() {
        return silent.get();
    }

    private void connectAgainAndAgain() {
        while (!closed) {
            try (var socket = new Socket(InetAddress.getByName(host), port)) {
                stayConnected(socket);
            } catch (IOException _) { // the server refused or closed the connection
                LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
            }
        }
    }

    private void stayConnected(Socket socket) throws IOException {
        open.add(socket);
        try {
            beSilent(socket);
        } finally {
            open.remove(socket);
        }
    }

    private void beSilent(Socket plain) throws IOException {
        var request = new DataOutputStream(plain.getOutputStream());
        request.writeInt(8);
        request.writeInt(SSL_REQUEST);
        if (plain.getInputStream().read() != 'S') {
            throw new IOException("the server has no TLS");
        }
        try (var socket = tls.createSocket(plain, host, port, true)) {
            var login = "user\0autoserve\0database\0autoserve\0\0".getBytes(UTF_8);
            var out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(8 + login.length);
            out.writeInt(PROTOCOL_3_0);
            out.write(login);
            out.flush();
            awaitEnd(socket.getInputStream());
        }
    }

    private void awaitEnd(InputStream in) throws IOException {
        if (in.read() != 'R') { // the server asks for the password
            return;
        }
        silent.incrementAndGet();
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } finally {
            silent.decrementAndGet();
        }
    }

    private static SSLSocketFactory trustingEverybody() throws GeneralSecurityException {
        var everybody =
                new X509TrustManager() {
                    @Override
                    public void checkClientTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public void checkServerTrusted(X509Certificate[] chain, String type) {}

                    @Override
                    public X509Certificate[] getAcceptedIssuers() {
                        return new X509Certificate[0];
                    }
                };
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {everybody}, new SecureRandom());
        return context.getSocketFactory();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        for (var socket : open) {
            socket.close();
        }
    }
}
