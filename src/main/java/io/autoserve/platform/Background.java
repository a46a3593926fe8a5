package io.autoserve.platform;

import io.autoserve.model.Refusal;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.DatabaseAway;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs blocking work on virtual threads, so that the caller's thread does not wait.
 *
 * @param threads runs tasks on virtual threads
 */
public record Background(Executor threads) {
    private static final Logger LOG = LoggerFactory.getLogger(Background.class);

    /**
     * Returns the result of the work. The future fails with a {@link Refusal} if the work throws
     * one. If the database or Docker does not answer, it fails with a {@link Refusal} after which
     * the client may try again. Any other failure is an error of AutoServe: it is logged and passed
     * on.
     */
    <T> Future<T> run(Callable<T> work) {
        var promise = Promise.<T>promise();
        threads.execute(() -> {
            try {
                promise.complete(work.call());
            } catch (Refusal refusal) {
                promise.fail(refusal);
            } catch (DatabaseAway | EngineException away) {
                promise.fail(Refusal.unavailable(String.valueOf(away.getMessage())));
            } catch (Throwable bug) {
                LOG.error("a request failed", bug);
                promise.fail(bug);
            }
        });
        return promise.future();
    }
}
