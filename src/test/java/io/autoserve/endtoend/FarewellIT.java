package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asks a leader with many readers to shut down. */
class FarewellIT {
    private static final int READERS = 50;

    /**
     * A controller shuts down within six seconds. The limit is longer, because the controller's
     * process must end, too.
     */
    private static final Duration IN_TIME =
            Duration.ofSeconds(6).plus(EnginePace.scaled(Duration.ofSeconds(2)));

    @TempDir private Path folder;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    when all is well              | false | false
                    though the engine is silent   | true  | false
                    though the database is silent | false | true
                    though both are silent        | true  | true
                    """)
    void it_goes_in_time(String how, boolean engineSilent, boolean databaseSilent)
            throws IOException {
        try (var platform = RunningPlatform.start();
                var engine =
                        Wire.to(Path.of("/var/run/docker.sock"), folder.resolve("docker.sock"));
                var database = Wire.to(platform.database().port())) {
            platform.reachEngineAt(folder.resolve("docker.sock"));
            platform.keepStateIn(
                    new Settings.Postgres(
                            "127.0.0.1:" + database.port(), "postgres", "postgres", ""));
            var controller = platform.launchController("controller-1").awaitReady();
            var readers = new ArrayList<EventReader>();
            for (var i = 0; i < READERS; i++) {
                readers.add(EventReader.open(controller.api().root(), ""));
            }

            if (engineSilent) {
                engine.cut();
            }
            if (databaseSilent) {
                database.cut();
            }

            assertThat(controller.terminate()).as(how).isLessThan(IN_TIME);
            readers.forEach(EventReader::untilEnd);
        }
    }
}
