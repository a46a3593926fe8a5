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
 * Owns the present content of the folder with this part's certificate, and notices when the
 * platform's authority renews it. It compares contents, because a renewed file replaces the earlier
 * one.
 */
public final class IdentityFolder {
    private static final Logger LOG = LoggerFactory.getLogger(IdentityFolder.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final Path folder;
    private final List<Consumer<Identity>> listeners = new CopyOnWriteArrayList<>();
    private final FaultLog unreadable;
    private final FaultLog unknownExpiry;
    private volatile Identity identity;
    private volatile Expirations expirations;

    /**
     * @throws IllegalArgumentException if the folder has no certificate
     */
    public IdentityFolder(Path folder) {
        this.folder = folder;
        unreadable = new FaultLog("the certificate in " + folder);
        unknownExpiry = new FaultLog("the time at which certificates expire in " + folder);
        identity = Identity.read(folder);
        expirations = Expirations.UNKNOWN;
        readExpirations();
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
        vertx.setPeriodic(PERIOD.toMillis(), _ -> vertx.executeBlocking(this::refreshOrLog));
    }

    /** Refreshes. Logs an error when it begins, and again when it is over. */
    boolean refreshOrLog() {
        try {
            var changed = refresh();
            unreadable.report("");
            return changed;
        } catch (RuntimeException failure) {
            unreadable.report(failure.toString());
            return false;
        }
    }

    /**
     * Reads the folder now, and tells the listeners if the certificate changed. A listener that
     * fails does not keep the others from the certificate. Blocks.
     *
     * @return whether it changed
     * @throws IllegalArgumentException if a file cannot be read
     */
    public boolean refresh() {
        readExpirations();
        var found = Identity.read(folder);
        if (found.sameAs(identity)) {
            return false;
        }
        identity = found;
        LOG.info("this controller uses the renewed certificate in {}", folder);
        listeners.forEach(listener -> tell(listener, found));
        return true;
    }

    private static void tell(Consumer<Identity> listener, Identity renewed) {
        try {
            listener.accept(renewed);
        } catch (RuntimeException failure) {
            LOG.warn("a port of this controller keeps its earlier certificate", failure);
        }
    }

    private void readExpirations() {
        try {
            expirations = Expirations.parse(Files.readAllLines(folder.resolve("expiry")));
            unknownExpiry.report("");
        } catch (IOException | RuntimeException failure) {
            expirations = Expirations.UNKNOWN;
            unknownExpiry.report(failure.toString());
        }
    }

    /** Logs the error of a repeated read when it begins or changes, and once when it is over. */
    private static final class FaultLog {
        private final String what;
        private String last = "";

        FaultLog(String what) {
            this.what = what;
        }

        /**
         * @param fault the error of the latest read; empty if it succeeded
         */
        synchronized void report(String fault) {
            if (fault.equals(last)) {
                return;
            }
            last = fault;
            if (fault.isEmpty()) {
                LOG.info("{} can be read again", what);
            } else {
                LOG.warn("{} cannot be read: {}", what, fault);
            }
        }
    }
}
