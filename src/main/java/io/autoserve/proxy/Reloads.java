package io.autoserve.proxy;

import io.autoserve.proxy.Nginx.Applied;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts structures into service, one reload at a time. Waits for a quiet moment, as apps tend to
 * come in groups and every reload costs nginx a set of workers.
 */
final class Reloads {
    private static final Duration QUIET = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final Duration ACKNOWLEDGED_WITHIN = Duration.ofSeconds(10);

    /** Longer than all steps may take together: whatever became of one, the next gets its turn. */
    private static final Duration GIVEN_UP_AFTER = Duration.ofSeconds(30);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);

    private final Vertx vertx;
    private final Blocking blocking;
    private final ProxyFolder folder;
    private final ProxyProcess process;
    private final Supplier<Future<String>> inUse;

    private @Nullable Batch waiting;
    private boolean reloading;

    /** Structures asked for since the last reload began; the last one counts. */
    private static final class Batch {
        final Promise<Applied> outcome = Promise.promise();
        final long limit;
        Structure structure;
        long quiet;
        boolean due;

        Batch(Structure structure, long limit) {
            this.structure = structure;
            this.limit = limit;
        }
    }

    /**
     * @param inUse asks nginx which structure new requests are served by
     */
    Reloads(Vertx vertx, ProxyFolder folder, ProxyProcess process, Supplier<Future<String>> inUse) {
        this.vertx = vertx;
        this.blocking = new Blocking(vertx);
        this.folder = folder;
        this.process = process;
        this.inUse = inUse;
    }

    synchronized Future<Applied> apply(Structure structure) {
        var batch = waiting;
        if (batch == null) {
            batch = new Batch(structure, timer(LONGEST_WAIT));
            waiting = batch;
        } else {
            vertx.cancelTimer(batch.quiet);
        }
        batch.structure = structure;
        batch.quiet = timer(QUIET);
        return batch.outcome.future();
    }

    private long timer(Duration delay) {
        return vertx.setTimer(delay.toMillis(), this::due);
    }

    private synchronized void due(long timer) {
        var batch = waiting;
        if (batch != null && (timer == batch.quiet || timer == batch.limit)) {
            batch.due = true;
            startNext();
        }
    }

    private synchronized void startNext() {
        var batch = waiting;
        if (reloading || batch == null || !batch.due) {
            return;
        }
        vertx.cancelTimer(batch.quiet);
        vertx.cancelTimer(batch.limit);
        waiting = null;
        reloading = true;
        putIntoService(batch.structure)
                .timeout(GIVEN_UP_AFTER.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(_ -> settle())
                .onComplete(batch.outcome);
    }

    private synchronized void settle() {
        reloading = false;
        startNext();
    }

    private Future<Applied> putIntoService(Structure structure) {
        return blocking.call(folder::live)
                .compose(live ->
                        live.filter(structure.version()::equals).isPresent()
                                ? confirm(structure.version())
                                : replace(live.orElse(null), structure));
    }

    /** The files are there already: another leader's, or ours from before a restart. */
    private Future<Applied> confirm(String version) {
        return inUse.get()
                .compose(used ->
                        used.equals(version)
                                ? Future.succeededFuture(new Applied.Live(version))
                                : reload(version, version));
    }

    private Future<Applied> replace(@Nullable String previous, Structure structure) {
        var version = structure.version();
        return blocking.call(() -> process.test(folder.stage(structure)))
                .compose(tested ->
                        tested.ok()
                                ? reload(previous, version)
                                : Future.succeededFuture(
                                        new Applied.Rejected(version, tested.output())))
                .onSuccess(_ -> blocking.call(this::forgetOthers));
    }

    private Future<Applied> reload(@Nullable String previous, String version) {
        return makeLive(version)
                .compose(_ -> untilUsed(version, System.nanoTime() + ACKNOWLEDGED_WITHIN.toNanos()))
                .map(_ -> (Applied) new Applied.Live(version))
                .recover(
                        failure -> makeLive(previous).transform(_ -> Future.failedFuture(failure)));
    }

    private Future<?> makeLive(@Nullable String version) {
        return blocking.call(() -> {
            if (version == null) {
                folder.makeNoneLive();
            } else {
                folder.makeLive(version);
            }
            process.reload();
            return process;
        });
    }

    private Future<?> untilUsed(String version, long deadline) {
        return inUse.get()
                .otherwise("") // between two sets of workers a connection may break
                .compose(used -> {
                    if (used.equals(version)) {
                        return Future.succeededFuture();
                    }
                    return System.nanoTime() < deadline
                            ? vertx.timer(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS)
                                    .compose(_ -> untilUsed(version, deadline))
                            : Future.failedFuture(notAcknowledged(version));
                });
    }

    private static IllegalStateException notAcknowledged(String version) {
        return new IllegalStateException(
                "no worker of nginx took structure %s within %ds; the one before is back"
                        .formatted(version, ACKNOWLEDGED_WITHIN.toSeconds()));
    }

    private Set<String> forgetOthers() {
        var kept = new HashSet<String>();
        folder.live().ifPresent(kept::add);
        folder.keepOnly(kept);
        return kept;
    }
}
