package io.autoserve.platform;

import io.autoserve.store.TokenTable;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the token in a file an admin token, so that the operator of the machine is an admin. The
 * file contains the token's id and the hash of its secret. When the file changes, the new token
 * replaces the old one, which is revoked.
 */
public final class AdminToken {
    private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final String ACTOR = "machine";

    private final Path file;
    private final TokenTable tokens;
    private final ReentrantLock turn = new ReentrantLock();
    private String appointed = "";

    /**
     * @param file a file with the content {@code <id> <hash>}
     */
    public AdminToken(Path file, TokenTable tokens) {
        this.file = file;
        this.tokens = tokens;
    }

    /**
     * Reads the file at once, and again every two seconds.
     *
     * @param threads an executor of virtual threads
     */
    public void watch(Vertx vertx, Executor threads) {
        threads.execute(this::look);
        vertx.setPeriodic(PERIOD.toMillis(), _ -> threads.execute(this::look));
    }

    private void look() {
        if (!turn.tryLock()) {
            return; // the last check still waits for the database
        }
        try {
            var written = Files.readString(file).strip();
            if (!written.equals(appointed)) {
                var parts = written.split(" ", 2);
                tokens.appoint(parts[0], parts.length < 2 ? "" : parts[1], ACTOR);
                appointed = written;
            }
        } catch (IOException | RuntimeException failure) {
            LOG.warn("could not read the admin token from {}: {}", file, failure.toString());
        } finally {
            turn.unlock();
        }
    }
}
