package io.autoserve.secrets;

/**
 * A text sealed by a key ring.
 *
 * @param keyId id of the key that opens the text
 * @param text the nonce, then the ciphertext with its tag, in Base64
 */
public record Sealed(String keyId, String text) {}
