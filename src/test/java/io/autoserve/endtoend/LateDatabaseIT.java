package io.autoserve.endtoend;

import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.Test;

/** Starts a controller before its database, since no order of starts is required. */
class LateDatabaseIT {
    @Test
    void a_controller_that_was_there_before_its_database_leads_when_it_comes() {
        try (var platform = RunningPlatform.start()) {
            platform.database().stop();
            var controller = platform.launchController("controller-1");
            controller.awaitSaid("waiting for the database");

            platform.database().start();

            controller.awaitReady().api().awaitLeader("controller-1");
        }
    }
}
