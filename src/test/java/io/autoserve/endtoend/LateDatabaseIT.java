package io.autoserve.endtoend;

import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.Test;

/** Starts a controller before its database. The order of the starts must not matter. */
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
