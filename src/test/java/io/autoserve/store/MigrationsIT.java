package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.cluster.Databases;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MigrationsIT {
    /**
     * Controllers are upgraded one at a time, so an older controller may start on the tables of a
     * newer version.
     */
    @Test
    void an_older_version_starts_on_tables_that_a_newer_one_has_changed() {
        try (var postgres = Postgres.start()) {
            var tables = postgres.create();
            run(tables);
            applied(tables, "999");

            assertThatCode(() -> run(tables)).doesNotThrowAnyException();
        }
    }

    @Test
    void tables_of_a_version_that_was_never_released_are_refused_and_kept() {
        try (var postgres = Postgres.start()) {
            var tables = postgres.create();
            run(tables);
            tables.execute("delete from flyway_schema_history");
            applied(tables, "15");

            assertThatThrownBy(() -> run(tables))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("version 15")
                    .hasMessageContaining("./autoserve platform down --volumes");
            assertThat(tables.execute("select version from flyway_schema_history"))
                    .containsExactly("15");
        }
    }

    @Test
    void events_and_revisions_of_the_version_before_are_kept() {
        try (var postgres = Postgres.start()) {
            var tables = postgres.createAt("101");
            tables.execute(
                    """
                    with created as (
                        insert into apps (name, revision, template, intent, replicas, reach, created_at, updated_at)
                        select name, 2, 2, 'RUN', 1, 1, now(), now() from unnest(array['blog', 'shop']) as name
                        returning id)
                    insert into revisions
                        select id, number, number, '{}', '', 'ann', now(), 0, 0 from created, generate_series(1, 2) as number
                    """);
            tables.execute(
                    """
                    update apps set rollout_from = 1, rollout_step = 0, rollout_paused = false,
                        rollout_started_at = now(), rollout_stepped_at = now(), rollout_reason = '' where name = 'shop'
                    """);
            for (var app : List.of("blog", "shop", "shop")) {
                tables.execute(
                        "select append_event(0, 'ann', '%s', 'AppScaled', 'r', '{}')"
                                .formatted(app));
            }

            run(tables);

            assertThat(
                            tables.execute(
                                    "select name || number from revisions join apps on id = app_id where served order by 1"))
                    .containsExactly("blog1", "blog2", "shop1");
            assertThat(
                            tables.execute(
                                    "select app || written / min(written) over () from events order by seq"))
                    .containsExactly("blog1", "shop1", "shop2");
            tables.execute("select append_event(0, 'ann', 'blog', 'AppScaled', 'r', '{}')");
            assertThat(
                            tables.execute(
                                    "select app from event_sizes where bytes > 0 and app is not null order by app"))
                    .containsExactly("blog", "shop");
        }
    }

    private static void applied(Postgres.Database tables, String version) {
        tables.execute(
                """
                insert into flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by,
                     execution_time, success)
                values (1000, '%s', 'another', 'SQL', 'V%s__another.sql', 1, 'another', 1, true)
                """
                        .formatted(version, version));
    }

    @Test
    void know_the_whole_folder() throws IOException {
        try (var files = Files.list(Path.of("migrations"))) {
            assertThat(files.map(file -> version(file.getFileName().toString())))
                    .containsExactlyInAnyOrderElementsOf(Migrations.VERSIONS);
        }
    }

    private static String version(String file) {
        return file.substring(1, file.indexOf("__")).replace('_', '.');
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update flyway_schema_history set success = false where version = '102'",
                "delete from flyway_schema_history where version = '101'",
                "drop table flyway_schema_history"
            })
    void are_done_when_each_of_them_has_succeeded(String missing) {
        var vertx = Vertx.vertx();
        try (var postgres = Postgres.start()) {
            var tables = postgres.create();
            var databases =
                    new Databases(
                            vertx, "127.0.0.1:" + tables.port(), tables.name(), "postgres", "");
            var database = new Database(databases.pool(1), Databases::server);
            assertThat(Migrations.done(database)).isTrue();
            tables.execute(missing);
            assertThat(Migrations.done(database)).isFalse();
        } finally {
            vertx.close().await();
        }
    }

    private static void run(Postgres.Database tables) {
        Migrations.run(
                JdbcUrl.of("127.0.0.1:" + tables.port(), tables.name(), null), "postgres", "");
    }
}
