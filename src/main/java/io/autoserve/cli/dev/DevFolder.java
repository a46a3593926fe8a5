package io.autoserve.cli.dev;

import io.autoserve.cli.Exit;
import io.autoserve.cli.Failure;
import io.autoserve.secrets.KeyFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;

/** What one dev platform keeps on disk, usually {@code .autoserve}. */
public record DevFolder(Path path) {
    public DevFolder {
        path = path.toAbsolutePath().normalize();
    }

    /** Beside the launcher where there is one, so that it does not matter where it is called. */
    public static DevFolder standard(Map<String, String> environment) {
        return new DevFolder(
                Path.of(environment.getOrDefault("AUTOSERVE_HOME", ".")).resolve(".autoserve"));
    }

    Path state() {
        return path.resolve("dev.json");
    }

    Path database() {
        return path.resolve("postgres");
    }

    Path databasePrograms() {
        return path.resolve("postgres-programs");
    }

    Path proxy() {
        return path.resolve("proxy");
    }

    /** Where what the database keeps is sealed by; made when there is none. */
    Path secretKey() {
        var file = path.resolve("secret-key");
        try {
            if (!Files.exists(file)) {
                KeyFile.add(file, new SecureRandom());
            }
            return file;
        } catch (IOException e) {
            throw Failure.of(Exit.FAILED, "%s cannot be made: %s".formatted(file, e), e);
        }
    }

    Path log(String name) {
        return path.resolve("log").resolve(name);
    }

    void create() {
        try {
            Files.createDirectories(log(""));
            Files.createDirectories(proxy());
        } catch (IOException e) {
            throw Failure.of(Exit.FAILED, "%s cannot be made: %s".formatted(path, e), e);
        }
    }

    /**
     * Held for as long as a dev platform runs here. The system lets go of it whatever way the
     * process ends, so it proves what a pid in a file cannot.
     */
    Optional<FileChannel> lock() {
        try {
            create();
            var channel =
                    FileChannel.open(
                            path.resolve("dev.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                return Optional.of(channel);
            }
            channel.close();
            return Optional.empty();
        } catch (IOException e) {
            throw Failure.of(Exit.FAILED, "%s cannot be locked: %s".formatted(path, e), e);
        }
    }

    /** Makes no folder where there is none. */
    public boolean running() {
        try {
            if (!Files.exists(path)) {
                return false;
            }
            var lock = lock();
            if (lock.isPresent()) {
                lock.get().close();
            }
            return lock.isEmpty();
        } catch (IOException e) {
            throw Failure.of(Exit.FAILED, "%s cannot be unlocked: %s".formatted(path, e), e);
        }
    }
}
