package io.autoserve.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Token;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Signs and checks sessions, which browsers keep instead of a token. A session holds the token's id
 * and an expiry time, and is signed. A stolen session is worth less than the token, since it
 * expires. A session ends with its token, because the signature covers the token's hash. Every
 * controller can check a session, and none has to remember it.
 */
public final class Sessions {
    public static final Duration LENGTH = Duration.ofHours(12);

    private static final Pattern FORM =
            Pattern.compile("([a-z0-9]{12})\\.([0-9]{1,12})\\.([A-Za-z0-9_-]{43})");

    private final byte[] key;

    /**
     * @param secret a secret that all controllers share. It must not be in the database, or anyone
     *     who reads the token hashes there could sign sessions
     */
    public Sessions(String secret) {
        key = Hashes.hmac("autoserve session".getBytes(UTF_8), secret.getBytes(UTF_8));
    }

    /**
     * What the text of a session claims.
     *
     * @param token id of the token that the session stands for
     */
    public record Claim(String token, Instant until, String signature) {}

    public String sign(Token token, Instant until) {
        return "%s.%d.%s"
                .formatted(
                        token.id(),
                        until.getEpochSecond(),
                        signature(token, until.getEpochSecond()));
    }

    /**
     * Returns the claim, or empty if the text is not a session. The claim must still be {@link
     * #proves proven}.
     */
    public static Optional<Claim> parse(String text) {
        var parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(
                        new Claim(
                                parts.group(1),
                                Instant.ofEpochSecond(Long.parseLong(parts.group(2))),
                                parts.group(3)))
                : Optional.empty();
    }

    public boolean proves(Claim claim, Token token) {
        return MessageDigest.isEqual(
                signature(token, claim.until().getEpochSecond()).getBytes(UTF_8),
                claim.signature().getBytes(UTF_8));
    }

    private String signature(Token token, long until) {
        var text = "%s.%d.%s".formatted(token.id(), until, token.hash());
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Hashes.hmac(key, text.getBytes(UTF_8)));
    }
}
