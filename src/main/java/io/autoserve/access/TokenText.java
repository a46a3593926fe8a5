package io.autoserve.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * What its holder shows: {@code as_<id>_<secret>}. The id finds the token; the secret, 256 random
 * bits, proves it.
 */
public record TokenText(String id, String secret) {
    private static final Pattern FORM = Pattern.compile("as_([a-z0-9]{12})_([A-Za-z0-9_-]{43})");
    private static final String ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    /**
     * @param random one that nobody can foretell
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

    /** Empty where it is no token at all. */
    public static Optional<TokenText> parse(String text) {
        var parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new TokenText(parts.group(1), parts.group(2)))
                : Optional.empty();
    }

    /**
     * A slow hash such as bcrypt makes guessing dear, for secrets that people think up. Nobody
     * guesses 256 random bits, whatever a guess costs; and this is done for every request.
     */
    public String hash() {
        return HexFormat.of().formatHex(Hashes.sha256(secret.getBytes(US_ASCII)));
    }

    /** Takes as long whatever is wrong, so that nobody finds a hash out digit by digit. */
    public boolean proves(String hash) {
        return MessageDigest.isEqual(hash().getBytes(US_ASCII), hash.getBytes(US_ASCII));
    }

    public String text() {
        return "as_" + id + "_" + secret;
    }

    /** Without the secret: it must not get into a log. */
    @Override
    public String toString() {
        return "as_" + id + "_…";
    }
}
