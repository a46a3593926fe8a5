package io.autoserve.secrets;

/**
 * What a key ring made of a text.
 *
 * @param keyId of the key that opens it
 * @param text the nonce, then the ciphertext with its tag; in Base64
 */
public record Sealed(String keyId, String text) {}
