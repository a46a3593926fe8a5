package io.autoserve.platform;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditQuery;
import io.autoserve.store.AuditLog;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes refusals and logins into the audit, a batch at a time. */
public final class StoredAuditTrail implements AuditTrail {
    private static final Logger LOG = LoggerFactory.getLogger(StoredAuditTrail.class);
    private static final Duration DELAY = Duration.ofSeconds(2);

    private final AuditLog log;
    private final InstantSource clock;
    private final Background background;
    private final AuditBatch batch = new AuditBatch();
    private final AtomicBoolean planned = new AtomicBoolean();

    public StoredAuditTrail(AuditLog log, InstantSource clock, Background background) {
        this.log = log;
        this.clock = clock;
        this.background = background;
    }

    @Override
    public void note(AuditEntry entry) {
        batch.add(entry);
        plan();
    }

    @Override
    public Future<List<AuditEntry>> entries(AuditQuery query) {
        return background.run(() -> log.entries(query));
    }

    /** Writes what is left, when the controller shuts down. */
    public Future<Integer> flush() {
        return background.run(this::write);
    }

    private void plan() {
        if (planned.compareAndSet(false, true)) {
            CompletableFuture.delayedExecutor(
                            DELAY.toMillis(), TimeUnit.MILLISECONDS, background.threads())
                    .execute(this::writeAndPlan);
        }
    }

    private void writeAndPlan() {
        planned.set(false);
        write();
        if (batch.waiting()) {
            plan();
        }
    }

    /** Returns the number of rows that were written. Keeps the rows if that fails. */
    private int write() {
        var entries = batch.take(clock.instant());
        try {
            if (!entries.isEmpty()) {
                log.keep(entries);
            }
            return entries.size();
        } catch (RuntimeException away) {
            batch.putBack(entries);
            LOG.warn("could not write the audit, and will try again: {}", away.toString());
            return 0;
        }
    }
}
