package io.autoserve.testing;

import io.autoserve.access.TokenText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * The administrator's token, and the file from which controllers read its hash.
 *
 * @param text the token's text, which clients send
 */
public record AdminFile(Path path, String text) {

    static AdminFile write(Path path) {
        var token = TokenText.mint(new SecureRandom());
        try {
            Files.writeString(path, token.id() + " " + token.hash());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new AdminFile(path, token.text());
    }
}
