package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Hidden;
import io.autoserve.model.Sha256;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Hashes the passwords of basic authentication, so that nginx and its files never have a password.
 * The hash is PBKDF2 with HMAC-SHA-256 (RFC 8018), written as {@code iterations:salt:hash}.
 */
public final class PasswordHash {
    /**
     * nginx hashes each password that it sees for the first time, in a worker that serves nothing
     * else meanwhile, so the hash must take a millisecond at most.
     */
    private static final int ITERATIONS = 2000;

    private static final int SALT_BYTES = 16;
    private static final int HASH_BITS = 256;
    private static final HexFormat HEX = HexFormat.of();

    private PasswordHash() {}

    /**
     * Returns the same hash for the same arguments, so that the route table stays the same.
     *
     * @param secret the secret that holds the password. It and the user are the salt
     * @param password must not be empty
     */
    public static String of(String secret, String user, Hidden password) {
        try {
            var names = (secret + "\0" + user).getBytes(UTF_8);
            var salt = Arrays.copyOf(Sha256.begin().digest(names), SALT_BYTES);
            var key = new PBEKeySpec(password.reveal().toCharArray(), salt, ITERATIONS, HASH_BITS);
            var hash =
                    SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                            .generateSecret(key)
                            .getEncoded();
            return "%d:%s:%s".formatted(ITERATIONS, HEX.formatHex(salt), HEX.formatHex(hash));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has PBKDF2 with SHA-256", e);
        }
    }
}
