package io.autoserve.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.autoserve.model.Sha256;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * The text that the holder of a token sends: {@code as_<id>_<secret>}. The id identifies the token.
 * The secret, 256 random bits, proves that the caller holds it.
 */
public record TokenText(String id, String secret) {
    private static final Pattern FORM = Pattern.compile("as_([a-z0-9]{12})_([A-Za-z0-9_-]{43})");
    private static final String ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    /**
     * Creates a new token text.
     *
     * @param random a source of unpredictable numbers
     */
    public static TokenText mint(RandomGenerator random) {
        var id = new StringBuilder();
        for (var i = 0; i < 12; i++) {
            id.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
        }
        var secret = new byte[32];
        random.nextBytes(secret);
        return new TokenText(
                id.toString(), Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    }

    /** Returns the parts of the text, or empty if it is not a token. */
    public static Optional<TokenText> parse(String text) {
        var parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new TokenText(parts.group(1), parts.group(2)))
                : Optional.empty();
    }

    /**
     * Returns the SHA-256 hash of the secret. A slow hash such as bcrypt would make guesses
     * expensive, which protects secrets that people choose. Tokens do not need it, because nobody
     * can guess 256 random bits, and this hash is computed for every request.
     */
    public String hash() {
        return Sha256.hex(secret.getBytes(US_ASCII));
    }

    /**
     * Returns whether the secret matches the hash. The comparison takes the same time wherever the
     * hashes differ, so that nobody can find out a hash digit by digit.
     */
    public boolean proves(String hash) {
        return MessageDigest.isEqual(hash().getBytes(US_ASCII), hash.getBytes(US_ASCII));
    }

    public String text() {
        return "as_" + id + "_" + secret;
    }

    /** Returns the text without the secret, because the secret must not get into a log. */
    @Override
    public String toString() {
        return "as_" + id + "_…";
    }
}
