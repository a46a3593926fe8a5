package io.autoserve.testing;

import io.autoserve.access.TokenText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Holds the token of the person who runs the machine, and the file by which controllers know it.
 *
 * @param text what its holder sends
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
