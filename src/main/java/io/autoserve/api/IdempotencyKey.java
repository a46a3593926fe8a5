package io.autoserve.api;

import io.autoserve.model.Errand;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Tells a request from any other, however often it comes: by the header that
 * draft-ietf-httpapi-idempotency-key-header describes. A client may choose it; where none did, the
 * load balancer does, before it asks the first controller.
 */
final class IdempotencyKey {
    private static final String HEADER = "Idempotency-Key";

    private IdempotencyKey() {}

    /** Null where the call has none. */
    static @Nullable Errand errand(Call call) {
        var key = call.text(HEADER);
        return key == null
                ? null
                : new Errand(
                        call.actor(),
                        key.replace("\"", ""),
                        content(call),
                        Deadline.of(call.context().request()));
    }

    private static String content(Call call) {
        var request = call.context().request();
        var content = sha256();
        content.update((request.method() + " " + request.uri()).getBytes(StandardCharsets.UTF_8));
        var body = call.context().body().buffer();
        if (body != null && !call.operation().takesSecret()) { // a short one could be guessed
            content.update(body.getBytes());
        }
        return HexFormat.of().formatHex(content.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
