package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThatCode;

import io.autoserve.testing.Postgres;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationsIT {
    /** As versions are upgraded one controller at a time, and numbers are given out before. */
    @ParameterizedTest
    @ValueSource(strings = {"0.5", "999"})
    void an_older_version_starts_on_tables_that_a_newer_one_has_changed(String version) {
        try (var postgres = Postgres.start()) {
            var tables = postgres.create();
            run(tables);
            tables.execute(
                    """
                    insert into flyway_schema_history
                        (installed_rank, version, description, type, script, checksum, installed_by,
                         execution_time, success)
                    values (1000, '%s', 'newer', 'SQL', 'V%s__newer.sql', 1, 'newer', 1, true)
                    """
                            .formatted(version, version));

            assertThatCode(() -> run(tables)).doesNotThrowAnyException();
        }
    }

    private static void run(Postgres.Database tables) {
        Migrations.run(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(tables.port(), tables.name()),
                "postgres",
                "");
    }
}
