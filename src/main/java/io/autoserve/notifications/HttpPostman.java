package io.autoserve.notifications;

import io.autoserve.notifications.Postman.DeliveryFailed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Posts notifications by HTTP. It follows no redirects, keeps no cookies, uses no proxy, and never
 * waits longer than {@link #LONGEST} for a receiver, however slowly the receiver answers.
 */
final class HttpPostman implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(15);
    private static final Timeout CONNECT = Timeout.ofSeconds(5);
    private static final Timeout SILENCE = Timeout.ofSeconds(10);

    /** More than there are receivers, so that none waits for the connection of another. */
    private static final int CONNECTIONS = 100;

    private final GuardedNames names;

    /** Created with the first letter, because most controllers never send one. */
    private @Nullable CloseableHttpClient client;

    HttpPostman(GuardedNames names) {
        this.names = names;
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
                                        .setSocketTimeout(SILENCE)
                                        .build())
                        .build();
        return HttpClients.custom()
                .setConnectionManager(connections)
                .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(SILENCE).build())
                .setUserAgent("autoserve")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableCookieManagement()
                .disableContentCompression()
                .build();
    }

    /** Returns once the receiver has accepted the request. Blocks. */
    void deliver(Letter.Post letter) throws DeliveryFailed {
        var status = status(letter);
        if (status < 200 || status > 299) {
            throw new DeliveryFailed("the receiver answered with HTTP status " + status);
        }
    }

    private int status(Letter.Post letter) throws DeliveryFailed {
        var request = new HttpPost(letter.url());
        letter.headers().forEach((name, value) -> request.setHeader(name, value));
        request.setEntity(new StringEntity(letter.body(), ContentType.APPLICATION_JSON));
        var watch = Thread.ofVirtual().start(() -> cancelInTime(request));
        try {
            return client().execute(request, response -> response.getCode());
        } catch (IOException failure) {
            throw new DeliveryFailed(String.valueOf(failure.getMessage()), failure);
        } finally {
            watch.interrupt();
        }
    }

    private static void cancelInTime(HttpPost request) {
        try {
            Thread.sleep(LONGEST);
            request.cancel();
        } catch (InterruptedException _) {
            // the receiver has answered
        }
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
