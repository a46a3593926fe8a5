package io.autoserve.testing;

import io.autoserve.store.Database;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.lang.reflect.Proxy;

/** Makes databases that are never there. Everything that needs one fails at once. */
public final class AbsentDatabase {
    private AbsentDatabase() {}

    public static Database create() {
        var pool =
                (Pool)
                        Proxy.newProxyInstance(
                                Pool.class.getClassLoader(),
                                new Class<?>[] {Pool.class},
                                (_, _, _) -> Future.failedFuture("there is no database"));
        return new Database(
                pool,
                _ -> {
                    throw new AssertionError("there is no connection");
                });
    }
}
