package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.RunningPlatform;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Promotes a standby that lacks the last commits of the primary. Readers have received events of
 * these commits, but after the failover the events no longer exist.
 */
class RewoundHistoryIT {
    private static final DemoApp KEPT = DemoApp.named("e2e-kept");
    private static final DemoApp LOST = DemoApp.named("e2e-lost");
    private static final int MANY = 50;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    void views_and_readers_of_events_leave_what_was_lost_and_go_on_in_the_new_timeline()
            throws IOException {
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"));
                var platform = RunningPlatform.start()) {
            var replica = standby.database(primary.create().name());
            platform.keepStateIn(state(primary, standby, replica.name()));
            var api = platform.startController();
            api.apply(KEPT);
            api.awaitReady(KEPT.name(), 1);
            replica.awaitRow("select 1 from instances where health = 'READY'");

            replica.stopFollowing();
            var told = "";
            try (var reader = EventReader.open(api.root(), "")) {
                api.apply(LOST);
                for (var i = 0; i < MANY; i++) { // more than in the new history
                    api.scale(LOST.name(), 2 - i % 2);
                    told = reader.next(message -> message.contains("event: AppScaled"));
                }
                primary.stop();
                replica.promote();
                reader.untilEnd();
            }

            assertThat(told).startsWith("id: 1-");
            try (var reader = EventReader.openBehind(told, api.root())) {
                var resync = reader.next();
                assertThat(resync).startsWith("id: 2-").contains("event: Resync\n");
                assertThat(api.get("/api/v1/apps/" + LOST.name()).status()).isEqualTo(404);
                assertThat(api.instances(KEPT.name())).hasSize(1);

                api.apply(KEPT.replicas(2));
                assertThat(reader.next())
                        .startsWith("id: 2-%d\n".formatted(EventReader.seq(resync) + 1));
                api.awaitReady(KEPT.name(), 2);
            }
            Eventually.within(
                    ApiClient.PATIENCE,
                    "no container of an app that never was is left",
                    () -> platform.containersOf(LOST.name()).isEmpty(),
                    () -> platform.containersOf(LOST.name()));
        }
    }

    private static Settings.Postgres state(Postgres one, Postgres other, String database) {
        return new Settings.Postgres(
                "127.0.0.1:%d,127.0.0.1:%d".formatted(one.port(), other.port()),
                database,
                "postgres",
                "");
    }
}
