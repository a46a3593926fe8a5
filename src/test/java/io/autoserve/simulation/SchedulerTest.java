package io.autoserve.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SchedulerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration HOUR = Duration.ofHours(1);

    private final Scheduler scheduler = new Scheduler(1);
    private final SimulatedProcess process = scheduler.process("p");
    private final List<String> log = new ArrayList<>();

    @Test
    void time_moves_only_while_nothing_can_run() {
        var began = process.nanoTime();
        process.start(
                "sleeper",
                waiting(() -> {
                    process.pause(HOUR);
                    log.add("slept for " + Duration.ofNanos(process.nanoTime() - began));
                }));

        scheduler.run(HOUR.multipliedBy(2));

        assertThat(log).containsExactly("slept for PT1H");
        assertThat(scheduler.nanos()).isEqualTo(HOUR.multipliedBy(2).toNanos());
        assertThat(process.clock().instant())
                .isEqualTo(SimulatedProcess.BEGIN.plus(HOUR.multipliedBy(2)));
    }

    @Test
    void equal_seeds_give_equal_runs_and_others_give_other_runs() {
        assertThat(interleaving(7)).isEqualTo(interleaving(7));

        var seen = new HashSet<List<String>>();
        for (var seed = 0; seed < 20; seed++) {
            seen.add(interleaving(seed));
        }
        assertThat(seen).hasSizeGreaterThan(5);
    }

    /** Returns the order in which three threads run that yield several times. */
    private static List<String> interleaving(long seed) {
        var scheduler = new Scheduler(seed);
        var order = new ArrayList<String>();
        for (var name : List.of("a", "b", "c")) {
            var process = scheduler.process(name);
            process.start(
                    "thread",
                    waiting(() -> {
                        for (var i = 0; i < 3; i++) {
                            order.add(name + i);
                            process.pause(Duration.ZERO);
                        }
                    }));
        }
        scheduler.run(SECOND);
        order.add("trace " + scheduler.trace());
        return order;
    }

    @Test
    void a_permit_ends_a_rest_early_and_the_time_ends_it_late() {
        var wakes = new Semaphore(0);
        process.start(
                "rests",
                waiting(() -> {
                    log.add("woken " + process.rest(wakes, HOUR));
                    log.add("woken " + process.rest(wakes, SECOND));
                    log.add("at " + Duration.ofNanos(scheduler.nanos()));
                }));
        process.after(SECOND, process.threads(), wakes::release);

        scheduler.run(HOUR);

        assertThat(log).containsExactly("woken true", "woken false", "at PT2S");
        assertThat(wakes.availablePermits()).isZero();
    }

    @Test
    void threads_may_wait_without_a_timeout_in_any_way() {
        var latch = new CountDownLatch(1);
        var promise = Promise.<String>promise();
        process.start(
                "waits",
                waiting(() -> {
                    latch.await();
                    log.add("latch");
                    log.add(promise.future().await());
                }));
        process.after(SECOND, process.threads(), latch::countDown);
        process.after(SECOND.multipliedBy(2), process.threads(), () -> promise.complete("future"));

        scheduler.run(HOUR);

        assertThat(log).containsExactly("latch", "future");
    }

    @Test
    void threads_that_code_starts_otherwise_are_simulated_too() {
        process.start(
                "parent",
                waiting(() -> {
                    var child = Thread.startVirtualThread(() -> log.add("child"));
                    child.join();
                    log.add("parent");
                }));

        scheduler.run(SECOND);

        assertThat(log).containsExactly("child", "parent");
    }

    @Test
    void an_answer_that_comes_too_late_is_a_timeout() {
        var never = Promise.<String>promise();
        var early = Promise.<String>promise();
        var failure = new AtomicReference<Throwable>();
        Future<String> late = process.within(SECOND, never.future()).onFailure(failure::set);
        var inTime = process.within(SECOND, early.future());
        process.after(Duration.ofMillis(999), process.threads(), () -> early.complete("early"));

        scheduler.run(HOUR);

        assertThat(late.failed()).isTrue();
        assertThat(failure.get()).isInstanceOf(TimeoutException.class);
        assertThat(inTime.result()).isEqualTo("early");
    }

    @Test
    void a_frozen_process_continues_where_it_was_and_its_timers_ring_late() {
        process.start(
                "sleeper",
                waiting(() -> {
                    process.pause(SECOND);
                    log.add("woken at " + Duration.ofNanos(scheduler.nanos()));
                }));
        var other = scheduler.process("other");
        process.freeze();
        other.after(Duration.ofSeconds(10), other.threads(), process::thaw);

        scheduler.run(HOUR);

        assertThat(log).containsExactly("woken at PT11S");
    }

    @Test
    void a_timer_that_is_due_while_its_process_is_frozen_rings_at_the_thaw() {
        process.after(
                SECOND,
                process.threads(),
                () -> log.add("rang at " + Duration.ofNanos(scheduler.nanos())));
        scheduler.run(Duration.ofMillis(500));
        process.freeze();
        scheduler.run(SECOND);
        assertThat(log).isEmpty();
        process.thaw();

        scheduler.run(HOUR);

        assertThat(log).containsExactly("rang at PT1.5S");
    }

    @Test
    void a_timer_that_is_cancelled_after_a_thaw_does_not_ring() {
        var wakes = new Semaphore(0);
        process.start(
                "rests",
                waiting(() -> {
                    log.add("woken " + process.rest(wakes, SECOND));
                    log.add("permits " + wakes.availablePermits());
                }));
        var other = scheduler.process("other");
        other.after(Duration.ofMillis(600), Runnable::run, wakes::release);
        scheduler.run(Duration.ofMillis(500));
        process.freeze();
        scheduler.run(SECOND);
        process.thaw();

        scheduler.run(HOUR);

        assertThat(log).containsExactly("woken true", "permits 0");
    }

    @Test
    void a_dead_process_never_runs_again() {
        process.start(
                "immortal",
                waiting(() -> {
                    while (true) {
                        log.add("lives");
                        process.pause(SECOND);
                    }
                }));
        scheduler.run(Duration.ofMillis(1500));
        process.kill();
        process.start("late", () -> log.add("started after the end"));

        scheduler.run(HOUR);

        assertThat(log).containsExactly("lives", "lives");
    }

    @Test
    void an_event_loop_runs_its_tasks_one_by_one_in_their_order() {
        var loop = process.loop();
        loop.run(() -> {
            loop.run(() -> log.add("third"));
            log.add("first");
        });
        loop.run(() -> log.add("second"));
        var cancel = loop.after(SECOND, () -> log.add("cancelled"));
        loop.after(SECOND, () -> log.add("after a second"));
        cancel.run();

        scheduler.run(HOUR);

        assertThat(log).containsExactly("first", "second", "third", "after a second");
    }

    @Test
    void an_error_in_a_thread_ends_the_run() {
        process.start(
                "fails",
                () -> {
                    throw new IllegalStateException("a bug");
                });

        assertThatThrownBy(() -> scheduler.run(SECOND))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("a bug");
    }

    @Test
    void a_real_thread_that_wakes_a_simulated_one_ends_the_run() throws InterruptedException {
        var wakes = new Semaphore(0);
        process.start("waits", wakes::acquireUninterruptibly);
        scheduler.run(SECOND);
        var stranger = new Thread(wakes::release, "a stranger");
        stranger.start();
        stranger.join();

        assertThatThrownBy(() -> scheduler.run(SECOND)).hasMessageContaining("a stranger");
    }

    @Test
    void a_set_clock_does_not_change_the_steady_time() {
        var nanos = process.nanoTime();

        process.step(HOUR);

        assertThat(process.clock().instant()).isEqualTo(SimulatedProcess.BEGIN.plus(HOUR));
        assertThat(process.nanoTime()).isEqualTo(nanos);
    }

    private interface Waiting {
        void run() throws InterruptedException;
    }

    private static Runnable waiting(Waiting work) {
        return () -> {
            try {
                work.run();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
    }
}
