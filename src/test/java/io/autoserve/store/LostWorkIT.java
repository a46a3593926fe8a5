package io.autoserve.store;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.cluster.Databases;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests transactions whose connection is lost before the commit. The test sets the clock. */
class LostWorkIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger begun = new AtomicInteger();
    private Postgres.Database tables;
    private Database database;
    private long nanos;

    @BeforeEach
    void connect() {
        tables = postgres.create();
        var databases = tables.connect(vertx);
        database =
                new Database(
                        databases.pool(2),
                        Databases::server,
                        () -> "",
                        false,
                        () -> () -> {},
                        Time.counted(() -> nanos));
    }

    @AfterEach
    void disconnect() {
        await(vertx.close());
    }

    @Test
    void is_done_anew() {
        writeLosing(1, Duration.ofSeconds(3));

        assertThat(tables.execute("select epoch from acts")).containsExactly("2");
    }

    @Test
    void is_given_up_after_three_tries() {
        assertThatThrownBy(() -> writeLosing(3, Duration.ZERO)).isInstanceOf(DatabaseAway.class);

        assertThat(begun).hasValue(3);
    }

    /**
     * This happens to a controller that was frozen in the middle of a transaction. By the time it
     * wakes up, the client may have sent the request to another controller.
     */
    @Test
    void is_not_done_anew_when_whoever_wanted_it_has_asked_elsewhere() {
        assertThatThrownBy(() -> writeLosing(1, Duration.ofSeconds(5)))
                .isInstanceOf(DatabaseAway.class);

        assertThat(begun).hasValue(1);
        assertThat(tables.execute("select epoch from acts")).isEmpty();
    }

    @Test
    void a_database_whose_disk_is_full_refuses_the_write_and_says_so() {
        assertThatThrownBy(() ->
                        database.transaction(transaction ->
                                transaction.run(
                                        "do $$ begin raise 'no space' using errcode = 'disk_full'; end $$")))
                .isInstanceOf(DatabaseAway.class)
                .hasMessageStartingWith("the database's disk is full (no space)");
    }

    /** The commit checks this constraint, so the statement itself succeeds. */
    @Test
    void a_disk_that_is_full_at_the_commit_is_reported_too() {
        tables.execute(
                """
                create function no_space() returns trigger language plpgsql as
                    $$ begin raise 'no space' using errcode = 'disk_full'; end $$;
                create constraint trigger no_space after insert on acts
                    deferrable initially deferred for each row execute function no_space()
                """);

        assertThatThrownBy(() -> writeLosing(0, Duration.ZERO))
                .isInstanceOf(DatabaseAway.class)
                .hasMessageStartingWith("the database's disk is full");

        assertThat(begun).as("the work is not repeated").hasValue(1);
        assertThat(tables.execute("select epoch from acts")).isEmpty();
    }

    private void writeLosing(int connections, Duration eachAfter) {
        database.transaction(transaction -> {
            var number = begun.incrementAndGet();
            if (number <= connections) {
                nanos += eachAfter.toNanos();
                transaction.run("select pg_terminate_backend(pg_backend_pid())");
            }
            return transaction.run("insert into acts (epoch) values ($1)", (long) number);
        });
    }
}
