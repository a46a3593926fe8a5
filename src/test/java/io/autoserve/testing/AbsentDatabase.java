package io.autoserve.testing;

import io.autoserve.store.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A database that refuses every connection, for tests of what happens without a database. It counts
 * the attempts to connect.
 */
public final class AbsentDatabase {
    private final AtomicInteger asked = new AtomicInteger();
    private final Pool pool =
            (Pool)
                    Proxy.newProxyInstance(
                            Pool.class.getClassLoader(),
                            new Class<?>[] {Pool.class},
                            (_, method, _) -> answer(method));

    private Future<?> answer(Method method) {
        if (!method.getName().equals("getConnection")) {
            throw new UnsupportedOperationException(method.toString());
        }
        asked.incrementAndGet();
        return Future.failedFuture("connection refused");
    }

    public Database database() {
        return new Database(
                pool,
                _ -> {
                    throw new AssertionError("there is no connection");
                });
    }

    public Pool pool() {
        return pool;
    }

    public int asked() {
        return asked.get();
    }
}
