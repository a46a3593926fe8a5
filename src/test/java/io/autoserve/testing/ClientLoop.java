package io.autoserve.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/**
 * The event loop on which a test uses one of Vert.x's HTTP clients. On another thread, a client may
 * miss that a new connection was closed at once, as Docker does while nginx starts. It would then
 * wait for ever for an answer on the closed connection.
 */
record ClientLoop(Context context) {
    static ClientLoop of(Vertx vertx) {
        var promise = Promise.<Context>promise();
        vertx.runOnContext(_ -> promise.complete(vertx.getOrCreateContext()));
        return new ClientLoop(promise.future().await());
    }

    <T> Future<T> call(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        context.runOnContext(_ -> work.get().onComplete(promise));
        return promise.future();
    }
}
