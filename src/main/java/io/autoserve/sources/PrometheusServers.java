package io.autoserve.sources;

import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Asks servers with the HTTP API of Prometheus. It follows no redirects, keeps no cookies, and uses
 * no proxy.
 */
final class PrometheusServers {
    private static final Timeout CONNECT = Timeout.ofSeconds(5);
    private static final Timeout SILENCE = Timeout.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int CONNECTIONS = 100;

    /** An answer with a single number is much shorter. */
    private static final int LONGEST_ANSWER = 64 << 10;

    private final PermittedHosts hosts;

    /** Created with the first question, because most controllers never ask one. */
    private @Nullable CloseableHttpClient client;

    PrometheusServers(PermittedHosts hosts) {
        this.hosts = hosts;
    }

    /**
     * @param authorization value of the header of this name; null for none
     */
    double ask(PrometheusQuery query, @Nullable Hidden authorization) throws IOException {
        var path = query.url().endsWith("/") ? query.url() : query.url() + "/";
        var encoded = URLEncoder.encode(query.query(), StandardCharsets.UTF_8);
        var request = new HttpGet(path + "api/v1/query?query=" + encoded);
        if (authorization != null) {
            request.setHeader("Authorization", authorization.reveal().strip());
        }
        var watch = Thread.ofVirtual().start(() -> cancelInTime(request));
        try {
            return client().execute(request, response -> number(response));
        } finally {
            watch.interrupt();
        }
    }

    private static double number(ClassicHttpResponse response) throws IOException {
        if (response.getCode() != 200) {
            throw new IOException("the server answered with HTTP status " + response.getCode());
        }
        var entity = response.getEntity();
        if (entity == null) {
            throw new IOException("the server sent an empty answer");
        }
        try (var content = entity.getContent()) {
            return PrometheusNumber.in(text(content));
        }
    }

    private static String text(InputStream content) throws IOException {
        var bytes = content.readNBytes(LONGEST_ANSWER + 1);
        if (bytes.length > LONGEST_ANSWER) {
            throw new IOException("the answer has more than %d bytes".formatted(LONGEST_ANSWER));
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void cancelInTime(HttpGet request) {
        try {
            Thread.sleep(LONGEST);
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
                        .setDnsResolver(new Permitted(hosts))
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

    private record Permitted(PermittedHosts hosts) implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            return hosts.addresses(host);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }
}
