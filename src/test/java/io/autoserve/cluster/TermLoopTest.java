package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Deposed;
import io.autoserve.model.Term;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Each test waits for a pass or for the end of the loop, and times out if neither comes. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = ThreadMode.SEPARATE_THREAD)
class TermLoopTest {
    private static final Term TERM = new Term(1, new UUID(0, 1));
    private static final Duration LONG = Duration.ofHours(1);

    private final LinkedBlockingQueue<Long> passes = new LinkedBlockingQueue<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile Runnable onPass = () -> {};
    private volatile Duration rest = LONG;

    private final TermLoop loop =
            new TermLoop(
                    "test",
                    TERM,
                    new TermLoop.Work() {
                        @Override
                        public Duration pass() {
                            passes.add(System.nanoTime());
                            onPass.run();
                            return rest;
                        }

                        @Override
                        public void ended() {
                            ended.countDown();
                        }
                    },
                    Time.system());

    @AfterEach
    void end() {
        loop.end();
    }

    @Test
    void a_pass_follows_when_it_is_due() throws InterruptedException {
        rest = Duration.ofMillis(20);
        loop.start();
        assertThat(List.of(passes.take(), passes.take(), passes.take())).isSorted();
    }

    @Test
    void a_wake_ends_the_rest() throws InterruptedException {
        loop.start();
        passes.take();
        loop.wake();
        passes.take();
    }

    @Test
    void a_wake_during_a_pass_is_not_lost() throws InterruptedException {
        var inPass = new CountDownLatch(1);
        var woken = new CountDownLatch(1);
        onPass =
                () -> {
                    inPass.countDown();
                    await(woken);
                };
        loop.start();
        inPass.await();
        loop.wake();
        woken.countDown();
        passes.take();
        passes.take();
    }

    @Test
    void a_failed_pass_is_retried_later_each_time() throws InterruptedException {
        onPass =
                () -> {
                    throw new IllegalStateException("the database is away");
                };
        loop.start();
        var first = passes.take();
        var second = passes.take();
        var third = passes.take();
        assertThat(Duration.ofNanos(second - first)).isGreaterThanOrEqualTo(Duration.ofMillis(499));
        assertThat(Duration.ofNanos(third - second)).isGreaterThanOrEqualTo(Duration.ofMillis(999));
    }

    @Test
    void an_error_in_a_pass_does_not_end_the_loop() throws InterruptedException {
        onPass =
                () -> {
                    throw new AssertionError("a bug");
                };
        loop.start();
        passes.take();
        passes.take();
    }

    /** A former primary may have refused the pass, while the term lasts in the present one. */
    @Test
    void a_pass_that_a_database_with_another_term_refused_is_retried() throws InterruptedException {
        onPass =
                () -> {
                    throw new Deposed(TERM);
                };
        loop.start();
        passes.take();
        passes.take();
        assertThat(loop.over()).isFalse();
        loop.end();
        ended.await();
    }

    @Test
    void the_end_interrupts_the_rest_and_no_pass_follows() throws InterruptedException {
        loop.start();
        passes.take();
        loop.end();
        ended.await();
        assertThat(passes).isEmpty();
    }

    @Test
    void a_late_pass_of_periodic_work_is_not_made_up_for() throws InterruptedException {
        var nanos = new AtomicLong();
        var took = new CopyOnWriteArrayList<>(List.of(300L, 2_500L, 0L));
        var work =
                TermLoop.every(
                        Duration.ofNanos(1_000),
                        () -> nanos.addAndGet(took.removeFirst()),
                        nanos::get);

        assertThat(work.pass()).isEqualTo(Duration.ofNanos(700));
        nanos.addAndGet(700);
        assertThat(work.pass()).as("it took longer than the period").isZero();
        assertThat(work.pass()).isEqualTo(Duration.ofNanos(1_000));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
