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
 * What a browser keeps instead of a token: who it is and until when, signed. It is worth less than
 * the token, since it ends by itself; it ends with the token, whose hash is signed too; and every
 * controller can tell, as no controller has to remember it.
 */
public final class Sessions {
    public static final Duration LENGTH = Duration.ofHours(12);

    private static final Pattern FORM =
            Pattern.compile("([a-z0-9]{12})\\.([0-9]{1,12})\\.([A-Za-z0-9_-]{43})");

    private final byte[] key;

    /**
     * @param secret that all controllers share and that is not in the database, or whoever reads
     *     the hashes there could sign
     */
    public Sessions(String secret) {
        key = Hashes.hmac("autoserve session".getBytes(UTF_8), secret.getBytes(UTF_8));
    }

    /**
     * @param token whose session it is
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
     * Empty where it is no session at all; what it claims is still to be {@link #proves proven}.
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
