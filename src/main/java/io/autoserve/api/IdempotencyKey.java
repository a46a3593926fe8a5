package io.autoserve.api;

import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header {@code Idempotency-Key}. A request and its retries have the same key, so a
 * controller can tell that they are one request. Source: draft-ietf-httpapi-idempotency-key-header.
 * The client may choose the key. Otherwise, the load balancer chooses one before it sends the
 * request to the first controller.
 */
final class IdempotencyKey {
    private static final String HEADER = "Idempotency-Key";

    private IdempotencyKey() {}

    /** Returns the key with the facts that identify the request, or null if the call has no key. */
    static @Nullable IdempotentRequest idempotentRequest(Call call) {
        var key = call.text(HEADER);
        return key == null
                ? null
                : new IdempotentRequest(
                        call.actor(),
                        key.replace("\"", ""),
                        content(call),
                        Deadline.of(call.context().request()));
    }

    private static String content(Call call) {
        var request = call.context().request();
        var content = Sha256.begin();
        content.update((request.method() + " " + request.uri()).getBytes(StandardCharsets.UTF_8));
        var body = call.context().body().buffer();
        // the hash leaves secrets out, because a short secret could be guessed from its hash
        if (body != null && !call.operation().takesSecret()) {
            content.update(body.getBytes());
        }
        return HexFormat.of().formatHex(content.digest());
    }
}
