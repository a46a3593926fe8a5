package io.autoserve.store;

import io.autoserve.simulation.Network;
import io.autoserve.simulation.Scheduler;
import io.autoserve.simulation.postgres.ModelPostgres;
import java.time.Duration;

/** Checks that the simulation's model of PostgreSQL guarantees what PostgreSQL does. */
class StoreOnModelTest extends StoreContract {
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(30);

    private final Scheduler scheduler = new Scheduler(7);
    private final ModelPostgres postgres = new ModelPostgres(scheduler, new Network(scheduler));
    private final Database database = connected();

    private Database connected() {
        var controller = scheduler.process("controller");
        return new Database(
                postgres.pool(controller, 8),
                ModelPostgres::server,
                () -> "",
                true,
                () -> () -> {},
                controller);
    }

    @Override
    Database database() {
        return database;
    }

    @Override
    void run(Runnable... works) {
        var client = scheduler.process("client");
        for (var work : works) {
            client.start("work", work);
        }
        scheduler.run(LONG_ENOUGH);
    }
}
