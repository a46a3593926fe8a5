package io.autoserve.outbound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Sends HTTP requests to permitted hosts. It follows no redirects, keeps no cookies, uses no proxy,
 * and repeats nothing.
 */
public final class GuardedHttp implements AutoCloseable {
    private static final Timeout CONNECT = Timeout.ofSeconds(5);

    /** More than there are hosts, so that no request waits for the connection of another. */
    private static final int CONNECTIONS = 100;

    private final GuardedNames names;
    private final Timeout silence;
    private final Duration longest;

    /** Created with the first request, because most controllers never send one. */
    private @Nullable CloseableHttpClient client;

    /**
     * @param silence how long to wait for the next part of an answer
     * @param longest how long a request may take, however slowly the server answers
     */
    public GuardedHttp(GuardedNames names, Duration silence, Duration longest) {
        this.names = names;
        this.silence = Timeout.of(silence);
        this.longest = longest;
    }

    /**
     * Sends the request and returns what the handler makes of the answer. Blocks.
     *
     * @throws IOException if the host is not permitted, or does not answer in time
     */
    public <T> T execute(HttpUriRequestBase request, HttpClientResponseHandler<T> handler)
            throws IOException {
        var watch = Thread.ofVirtual().start(() -> cancelInTime(request));
        try {
            return client().execute(request, handler);
        } finally {
            watch.interrupt();
        }
    }

    private void cancelInTime(HttpUriRequestBase request) {
        try {
            Thread.sleep(longest);
            request.cancel();
        } catch (InterruptedException _) {
            // the server has answered
        }
    }

    private synchronized CloseableHttpClient client() {
        var present = client == null ? create() : client;
        client = present;
        return present;
    }

    private CloseableHttpClient create() {
        var connections =
                PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(names)
                        .setMaxConnTotal(CONNECTIONS)
                        .setMaxConnPerRoute(CONNECTIONS)
                        .setDefaultConnectionConfig(
                                ConnectionConfig.custom()
                                        .setConnectTimeout(CONNECT)
                                        .setSocketTimeout(silence)
                                        .build())
                        .build();
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(silence).build())
                .setUserAgent("autoserve")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableContentCompression()
                .build();
    }

    @Override
    public synchronized void close() {
        try {
            if (client != null) {
                client.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
