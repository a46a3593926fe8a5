package io.autoserve.cli.local;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.secrets.KeyFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;

/** The files of one dev platform, usually in {@code .autoserve}. */
public record DevFolder(Path path) {
    public DevFolder {
        path = path.toAbsolutePath().normalize();
    }

    /**
     * Returns the folder beside the launcher, so that it does not depend on the working directory.
     * Without a launcher it is in the working directory.
     */
    public static DevFolder standard(Map<String, String> environment) {
        return new DevFolder(
                Path.of(environment.getOrDefault("AUTOSERVE_HOME", ".")).resolve(".autoserve"));
    }

    public Path state() {
        return path.resolve("dev.json");
    }

    public Path database() {
        return path.resolve("postgres");
    }

    public Path databasePrograms() {
        return path.resolve("postgres-programs");
    }

    public Path proxy() {
        return path.resolve("proxy");
    }

    /**
     * Returns the file with the key that seals values in the database. Creates it if it is missing.
     */
    public Path secretKey() {
        var file = path.resolve("secret-key");
        try {
            if (!Files.exists(file)) {
                KeyFile.add(file, new SecureRandom());
            }
            return file;
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be created: %s".formatted(file, e), e);
        }
    }

    public Path log(String name) {
        return path.resolve("log").resolve(name);
    }

    public void create() {
        try {
            Files.createDirectories(log(""));
            Files.createDirectories(proxy());
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be created: %s".formatted(path, e), e);
        }
    }

    /**
     * Locks the folder for as long as a dev platform runs here. The kernel releases the lock
     * however the process ends, so a held lock proves that the process runs. A pid in a file would
     * be no proof.
     *
     * @return empty if another process has the lock
     */
    public Optional<FileChannel> lock() {
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
            throw CommandFailure.of(Exit.FAILED, "%s cannot be locked: %s".formatted(path, e), e);
        }
    }

    /** Returns whether a dev platform runs here. Does not create the folder if it is missing. */
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
            throw CommandFailure.of(Exit.FAILED, "%s cannot be unlocked: %s".formatted(path, e), e);
        }
    }
}
