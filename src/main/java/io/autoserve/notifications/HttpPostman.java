package io.autoserve.notifications;

import io.autoserve.notifications.Postman.DeliveryFailed;
import io.autoserve.outbound.GuardedHttp;
import io.autoserve.outbound.GuardedNames;
import java.io.IOException;
import java.time.Duration;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.StringEntity;

/**
 * Posts notifications by HTTP. It follows no redirects, keeps no cookies, uses no proxy, and never
 * waits longer than {@link #LONGEST} for a receiver, however slowly the receiver answers.
 */
final class HttpPostman implements AutoCloseable {
    private static final Duration LONGEST = Duration.ofSeconds(15);
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final GuardedHttp http;

    HttpPostman(GuardedNames names) {
        http = new GuardedHttp(names, SILENCE, LONGEST);
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
        try {
            return http.execute(request, response -> response.getCode());
        } catch (IOException failure) {
            throw new DeliveryFailed(String.valueOf(failure.getMessage()), failure);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
