package io.autoserve.store;

import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;

/** Checks that PostgreSQL guarantees what the simulation's model of it does. */
class StoreOnPostgresIT extends StoreContract {
    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);

    @Override
    Database database() {
        return store.database();
    }

    @Override
    void run(Runnable... works) {
        var running = new ArrayList<CompletableFuture<Void>>();
        for (var work : List.of(works)) {
            running.add(CompletableFuture.runAsync(work, Thread::startVirtualThread));
        }
        running.forEach(CompletableFuture::join);
    }
}
