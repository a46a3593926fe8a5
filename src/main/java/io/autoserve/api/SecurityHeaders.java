package io.autoserve.api;

import static io.vertx.core.http.HttpHeaders.createOptimized;

import io.vertx.core.http.HttpServerResponse;

/**
 * Headers that every answer has. They restrict what browsers may do with the answer. The dashboard
 * sets its own {@code Content-Security-Policy}. There are no CORS headers, so no page of another
 * origin can read an answer.
 */
final class SecurityHeaders {
    private static final CharSequence[] HEADERS = {
        "X-Content-Type-Options", "nosniff",
        "X-Frame-Options", "DENY",
        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy", "same-origin",
        "Referrer-Policy", "no-referrer",
        "Cache-Control", "private, no-cache"
    };

    static {
        for (var i = 0; i < HEADERS.length; i++) {
            HEADERS[i] = createOptimized(HEADERS[i].toString());
        }
    }

    private SecurityHeaders() {}

    static void add(HttpServerResponse response) {
        for (var i = 0; i < HEADERS.length; i += 2) {
            response.putHeader(HEADERS[i], HEADERS[i + 1]);
        }
    }
}
