package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which errors of PostgreSQL are reported as a missing resource, and in which words. */
class ShortageTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    53100 | the database's disk is full (no room): free space on it, then writes succeed again
                    53200 | the database is out of memory (no room): give it more memory, or try again later
                    53300 | the database has no free connection (no room): end clients that do not belong to AutoServe, or try again later
                    53400 | the database lacks a resource (no room): try again later
                    """)
    void the_message_names_the_missing_resource_and_the_way_out(String state, String message) {
        assertThat(new DatabaseAway(refusal(state))).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "57P01", "42P01"})
    void another_error_is_no_shortage(String state) {
        assertThat(Shortage.of(refusal(state))).isEmpty();
    }

    @Test
    void a_refused_connection_is_a_shortage_too() {
        var failure = new VertxException("the primary db:5432 no room", refusal("53300"), true);

        assertThat(new DatabaseAway(failure))
                .hasMessageStartingWith("the database has no free connection (no room)");
    }

    @Test
    void a_lost_connection_is_no_shortage() {
        assertThat(new DatabaseAway(new IllegalStateException("connection closed")))
                .hasMessage("the database does not answer: connection closed");
    }

    private static PgException refusal(String state) {
        return new PgException("no room", "ERROR", state, null);
    }
}
