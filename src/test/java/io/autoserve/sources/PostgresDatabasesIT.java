package io.autoserve.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Hidden;
import io.autoserve.net.AddressPolicy;
import io.autoserve.testing.Postgres;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Asks a real PostgreSQL for numbers. */
class PostgresDatabasesIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    private final PostgresDatabases databases =
            new PostgresDatabases(
                    OtherSystems.names(new AddressPolicy(false, List.of()), Set.of("127.0.0.1")));

    @Test
    void the_number_is_the_first_column_of_the_first_row() throws IOException {
        assertThat(ask("select 41 + 1, 7 union all select 9, 9;")).isEqualTo(42);
    }

    @Test
    void a_query_cannot_write() {
        assertThatThrownBy(() -> ask("create table written (id bigint)"))
                .hasMessageContaining("read-only transaction");
    }

    @Test
    void an_answer_that_is_not_a_number_is_refused_and_not_quoted() {
        assertThatThrownBy(() -> ask("select 's3cret'"))
                .hasMessage("the first column of the query is not a number");
        assertThatThrownBy(() -> ask("select null::bigint"))
                .hasMessageContaining("the query returned null");
        assertThatThrownBy(() -> ask("select 1 where false")).hasMessage("the query has no row");
    }

    private double ask(String query) throws IOException {
        var url = "postgres://postgres@127.0.0.1:%d/postgres".formatted(postgres.port());
        return databases.ask(new Hidden(url), query);
    }
}
