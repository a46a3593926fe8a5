package io.autoserve.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.autoserve.model.Sha256;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals texts with AES-256-GCM. It seals with the newest key and opens with the key that sealed the
 * text. A sealed text is bound to its purpose and cannot be opened for another purpose.
 */
public final class KeyRing {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SequencedMap<String, SecretKey> keys;
    private final SecureRandom random;

    private KeyRing(SequencedMap<String, SecretKey> keys, SecureRandom random) {
        this.keys = keys;
        this.random = random;
    }

    /**
     * @param keys at least one key, each 32 bytes in Base64, oldest first
     * @throws IllegalArgumentException if there is no key or a key is invalid. The message has the
     *     position of the invalid key, but never the key itself
     */
    public static KeyRing of(List<String> keys, SecureRandom random) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("the file contains no key");
        }
        var ring = new LinkedHashMap<String, SecretKey>();
        for (var i = 0; i < keys.size(); i++) {
            var bytes = decoded(keys.get(i));
            if (bytes.length != KEY_BYTES) {
                throw new IllegalArgumentException(
                        "key %d must be %d bytes in Base64 ('openssl rand -base64 32' creates one)"
                                .formatted(i + 1, KEY_BYTES));
            }
            ring.put(id(bytes), new SecretKeySpec(bytes, "AES"));
        }
        return new KeyRing(ring, random);
    }

    /** Creates a key to add to a ring. */
    public static Hidden freshKey(SecureRandom random) {
        return new Hidden(Base64.getEncoder().encodeToString(bytes(KEY_BYTES, random)));
    }

    /** Returns the bytes of the key, or an empty array if the text is not valid Base64. */
    private static byte[] decoded(String key) {
        try {
            return Base64.getDecoder().decode(key);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    /** Returns an id that distinguishes keys and reveals nothing about them. */
    private static String id(byte[] key) {
        return Sha256.hex(key, 4);
    }

    /** Returns the id of the key that seals new texts. */
    public String newest() {
        return keys.lastEntry().getKey();
    }

    /**
     * @param purpose what the text is for, such as {@code secret 'database', version 3}
     */
    public Sealed seal(Hidden text, String purpose) {
        var newest = keys.lastEntry();
        var nonce = bytes(NONCE_BYTES, random);
        try {
            var cipher = cipher(Cipher.ENCRYPT_MODE, newest.getValue(), nonce, purpose);
            var sealed = cipher.doFinal(text.reveal().getBytes(UTF_8));
            var whole = Arrays.copyOf(nonce, nonce.length + sealed.length);
            System.arraycopy(sealed, 0, whole, nonce.length, sealed.length);
            return new Sealed(newest.getKey(), Base64.getEncoder().encodeToString(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /**
     * Opens a sealed text. Throws a {@link Refusal} if the text was changed, was sealed for another
     * purpose, or was sealed by a key that is not in the ring.
     */
    public Hidden open(Sealed sealed, String purpose) {
        var key = keys.get(sealed.keyId());
        if (key == null) {
            throw Refusal.conflict(
                    "%s is sealed by key %s, but this controller has %s: add that key to the file that AUTOSERVE_SECRET_KEY_FILE names"
                            .formatted(purpose, sealed.keyId(), String.join(", ", keys.keySet())));
        }
        try {
            var whole = Base64.getDecoder().decode(sealed.text());
            var nonce = Arrays.copyOf(whole, NONCE_BYTES);
            var cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, purpose);
            var text = cipher.doFinal(whole, NONCE_BYTES, Math.max(0, whole.length - NONCE_BYTES));
            return new Hidden(new String(text, UTF_8));
        } catch (AEADBadTagException | IllegalArgumentException _) {
            throw Refusal.conflict(
                    "%s cannot be decrypted: its value was changed in the database or belongs to another name. Set it again"
                            .formatted(purpose));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String purpose)
            throws GeneralSecurityException {
        var cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(purpose.getBytes(UTF_8));
        return cipher;
    }

    private static byte[] bytes(int count, SecureRandom random) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    @Override
    public String toString() {
        return "keys " + String.join(", ", keys.keySet());
    }
}
