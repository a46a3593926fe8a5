package io.autoserve.proxy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.concurrent.Callable;

/** Runs work that blocks, such as access to files, outside the event loop. */
record Blocking(Vertx vertx) {
    <T> Future<T> call(Callable<T> work) {
        return vertx.executeBlocking(work, false).map(Objects::requireNonNull);
    }
}
