package io.autoserve.sources;

import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.Hidden;
import io.autoserve.outbound.GuardedHttp;
import io.autoserve.outbound.GuardedNames;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.jspecify.annotations.Nullable;

/** Asks servers with the HTTP API of Prometheus. */
final class PrometheusServers {
    private static final Duration SILENCE = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /** An answer with a single number is much shorter. */
    private static final int LONGEST_ANSWER = 64 << 10;

    private final GuardedHttp http;

    PrometheusServers(GuardedNames names) {
        http = new GuardedHttp(names, SILENCE, LONGEST);
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
        return http.execute(request, PrometheusServers::number);
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
}
