package io.autoserve.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4), which every JDK has. */
public final class Sha256 {
    private Sha256() {}

    /** Returns a digest for content that comes in parts. */
    public static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Returns the whole hash: 64 hexadecimal digits. */
    public static String hex(byte[] content) {
        return hex(content, 32);
    }

    /**
     * Returns the beginning of the hash, which is enough to distinguish contents.
     *
     * @param length number of bytes, 1 to 32. Each byte is two digits
     */
    public static String hex(byte[] content, int length) {
        return HexFormat.of().formatHex(begin().digest(content), 0, length);
    }
}
