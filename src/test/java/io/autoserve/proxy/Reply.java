package io.autoserve.proxy;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The response that a client got.
 *
 * @param headers only Retry-After and Set-Cookie, if the response has them
 */
record Reply(int status, String body, Map<String, String> headers) {
    static Future<Reply> of(HttpClientResponse response) {
        return response.body().map(body -> of(response, body));
    }

    private static Reply of(HttpClientResponse response, Buffer body) {
        var headers = new HashMap<String, String>();
        for (var name : new String[] {"Retry-After", "Set-Cookie"}) {
            var value = response.getHeader(name);
            if (value != null) {
                headers.put(name, value);
            }
        }
        return new Reply(response.statusCode(), body.toString(), headers);
    }

    static Predicate<Reply> of(int status) {
        return reply -> reply.status == status;
    }
}
