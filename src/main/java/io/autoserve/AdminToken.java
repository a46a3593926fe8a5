package io.autoserve;

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
 * Lets whoever runs the machine be an admin: a file names the id of their token and the hash of its
 * secret. Where the file changes, the token is another, and the one before is revoked.
 */
final class AdminToken {
    private static final Logger LOG = LoggerFactory.getLogger(AdminToken.class);
    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final String ACTOR = "machine";

    private final Path file;
    private final TokenTable tokens;
    private final ReentrantLock turn = new ReentrantLock();
    private String appointed = "";

    /**
     * @param file {@code <id> <hash>}
     */
    AdminToken(Path file, TokenTable tokens) {
        this.file = file;
        this.tokens = tokens;
    }

    /**
     * @param threads virtual ones
     */
    void watch(Vertx vertx, Executor threads) {
        threads.execute(this::look);
        vertx.setPeriodic(PERIOD.toMillis(), _ -> threads.execute(this::look));
    }

    private void look() {
        if (!turn.tryLock()) {
            return; // the database takes its time
        }
        try {
            var written = Files.readString(file).strip();
            if (!written.equals(appointed)) {
                var parts = written.split(" ", 2);
                tokens.appoint(parts[0], parts.length < 2 ? "" : parts[1], ACTOR);
                appointed = written;
            }
        } catch (IOException | RuntimeException failure) {
            LOG.warn("the admin token of {} is not taken over: {}", file, failure.toString());
        } finally {
            turn.unlock();
        }
    }
}
