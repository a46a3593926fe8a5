package io.autoserve.identity;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the present content of the folder with this part's certificate, and notices when the keeper
 * renews it. It compares contents, because a renewed file replaces the earlier one.
 */
public final class IdentityFolder {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityFolder.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final Path folder;
    private final List<Consumer<Identity>> listeners = new CopyOnWriteArrayList<>();
    private volatile Identity identity;
    private volatile Expirations expirations;

    /**
     * @throws IllegalArgumentException if the folder has no certificate
     */
    public IdentityFolder(Path folder) {
        this.folder = folder;
        identity = Identity.read(folder);
        expirations = readExpirations(folder);
    }

    /** Returns the newest certificate that was read. May be called from any thread. */
    public Identity identity() {
        return identity;
    }

    /** Returns when the platform's certificates expire. May be called from any thread. */
    public Expirations expirations() {
        return expirations;
    }

    /** Calls the listener with each renewed certificate, on the thread that reads the files. */
    public void listen(Consumer<Identity> listener) {
        listeners.add(listener);
    }

    /** Reads the folder every few seconds until Vert.x is closed. */
    public void watch(Vertx vertx) {
        vertx.setPeriodic(
                PERIOD.toMillis(),
                _ ->
                        vertx.executeBlocking(this::refresh)
                                .onFailure(failure ->
                                        LOG.warn(
                                                "cannot read {}: {}", folder, failure.toString())));
    }

    /**
     * Reads the folder now, and tells the listeners if the certificate changed. Blocks.
     *
     * @return whether it changed
     * @throws IllegalArgumentException if a file cannot be read
     */
    public boolean refresh() {
        expirations = readExpirations(folder);
        var found = Identity.read(folder);
        if (found.sameAs(identity)) {
            return false;
        }
        identity = found;
        listeners.forEach(listener -> listener.accept(found));
        LOG.info("uses the renewed certificate of {}", folder);
        return true;
    }

    private static Expirations readExpirations(Path folder) {
        try {
            return Expirations.parse(Files.readAllLines(folder.resolve("expiry")));
        } catch (IOException | RuntimeException unreadable) {
            LOG.warn("cannot read when certificates expire: {}", unreadable.toString());
            return Expirations.UNKNOWN;
        }
    }
}
