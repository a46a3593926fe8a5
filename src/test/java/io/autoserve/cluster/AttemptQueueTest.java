package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AttemptQueueTest {
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanoTime = new AtomicLong();
    private final AttemptQueue queue =
            new AttemptQueue(vertx, BACKOFF, nanoTime::get, new Random(1));

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void an_attempt_begins_when_the_one_before_it_has_ended() {
        var first = Promise.<String>promise();
        var second = Promise.<String>promise();
        var one = queue.attempt(_ -> first.future());
        var two =
                queue.attempt(_ -> {
                    assertThat(first.future().isComplete()).isTrue();
                    return second.future();
                });
        assertThat(two.isComplete()).isFalse();

        first.complete("a");
        second.complete("b");

        assertThat(await(one)).isEqualTo("a");
        assertThat(await(two)).isEqualTo("b");
    }

    @Test
    void callers_that_wait_behind_a_failed_attempt_get_its_reason() {
        var first = Promise.<String>promise();
        var one = queue.attempt(_ -> first.future());
        var two = queue.<String>attempt(_ -> Future.failedFuture("a second attempt"));

        first.fail("refused");

        assertThat(one.cause()).hasMessage("refused");
        assertThat(two.cause()).hasMessage("refused");
    }

    @Test
    void a_caller_that_finds_the_gate_shut_gets_the_last_reason_in_time() {
        queue.attempt(_ -> Future.failedFuture("refused"));
        var waits = queue.<String>attempt(_ -> Future.failedFuture("a second attempt"));

        var outcome = await(waits.transform(it -> Future.succeededFuture(it)));

        assertThat(outcome.cause()).hasMessageContaining("refused, next attempt in");
    }

    @Test
    void a_success_of_another_path_lets_the_next_caller_through_at_once() {
        queue.attempt(_ -> Future.failedFuture("refused"));
        var waits = queue.attempt(_ -> Future.succeededFuture("connected"));
        assertThat(waits.isComplete()).isFalse();

        queue.open();

        assertThat(await(waits)).isEqualTo("connected");
        assertThat(queue.problem()).isEmpty();
    }

    @Test
    void a_failure_of_another_path_shuts_the_gate() {
        queue.failedElsewhere("refused");

        assertThat(queue.attempt(_ -> Future.succeededFuture("connected")).isComplete()).isFalse();
        assertThat(queue.problem()).startsWith("refused, next attempt in");
    }

    @Test
    void an_attempt_after_a_missed_deadline_gets_more_time() {
        queue.attempt(_ -> Future.failedFuture(new TimeoutException("has not answered")));
        nanoTime.addAndGet(Duration.ofSeconds(3).toNanos());

        var deadline = await(queue.attempt(it -> Future.succeededFuture(it)));

        assertThat(deadline).hasSeconds(4);
    }

    @Test
    void an_attempt_that_could_not_begin_does_not_block_the_next_one() {
        queue.attempt(_ -> {
            throw new IllegalStateException("the address is malformed");
        });
        queue.open();

        String next = await(queue.attempt(_ -> Future.succeededFuture("connected")));

        assertThat(next).isEqualTo("connected");
    }
}
