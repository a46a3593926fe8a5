package io.autoserve.secrets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import io.autoserve.model.Refusal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The file with the keys, one per line, the newest last. It is read again at each use, so an added
 * key is known at once, and no key stays in memory.
 *
 * @param path path of the key file; null if this controller has none
 */
public record KeyFile(@Nullable Path path, SecureRandom random) implements Supplier<KeyRing> {

    /** Reads the keys. Throws a {@link Refusal} if there is no key file or it cannot be read. */
    @Override
    public KeyRing get() {
        if (path == null) {
            throw Refusal.conflict(
                    "this controller cannot store secrets: set AUTOSERVE_SECRET_KEY_FILE to a file with a key");
        }
        try {
            var lines = Files.readAllLines(path).stream().map(String::strip);
            return KeyRing.of(lines.filter(line -> !line.isEmpty()).toList(), random);
        } catch (IOException | IllegalArgumentException e) {
            throw Refusal.conflict(
                    "the secret keys in %s cannot be read: %s".formatted(path, e.getMessage()));
        }
    }

    /**
     * Returns the id of the key that seals new texts. Throws a {@link Refusal} if there is no key
     * file or it cannot be read.
     */
    public String newest() {
        return get().newest();
    }

    /**
     * Adds a new key, which seals all texts from then on. A new file is readable only by its owner.
     * The key is appended to an existing file, so that the file keeps its owner and mode.
     */
    public static void add(Path path, SecureRandom random) throws IOException {
        var ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var line = "\n" + KeyRing.freshKey(random).reveal() + "\n";
        try (var file = Files.newByteChannel(path, Set.of(CREATE, APPEND), ownerOnly)) {
            file.write(ByteBuffer.wrap(line.getBytes(US_ASCII)));
        }
    }
}
