package io.autoserve.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.apps.EngineTurns.Lane;
import io.autoserve.apps.EngineTurns.Turn;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineTurnsTest {
    private static final Duration ALONE = Duration.ofMillis(200);

    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger freed = new AtomicInteger();
    private final EngineTurns turns =
            new EngineTurns(Time.counted(now::get), new Random(7), _ -> {}, freed::incrementAndGet);

    /**
     * Simulates an engine that handles {@code atATime} concurrent starts without slowing down. If
     * more starts run at once, they share the processors, and each takes longer.
     */
    @ParameterizedTest(name = "{0} starts at a time, {1} times as slow: a limit of {2} to {3}")
    @CsvSource({"1,1,3,11", "1,10,3,11", "2,1,3,11", "2,0.25,3,11", "8,1,8,15", "32,1,32,42"})
    void the_limit_follows_what_the_engine_can_do(int atATime, double slower, int least, int most) {
        run(atATime, slower, 400);

        assertThat(turns.limit()).isBetween(least, most);
    }

    @Test
    void an_engine_that_becomes_slow_gets_less() {
        run(32, 1, 400);
        var before = turns.limit();

        run(1, 4, 400);

        assertThat(turns.limit()).isBetween(2, 8).isLessThan(before);
    }

    @Test
    void an_engine_that_becomes_fast_gets_more() {
        run(1, 10, 400);

        run(16, 1, 400);

        assertThat(turns.limit()).isGreaterThanOrEqualTo(12);
    }

    /** Runs this many starts. There are always as many in progress as the limit permits. */
    private void run(int atATime, double slower, int starts) {
        var inHand = new ArrayList<Turn>();
        for (var done = 0; done < starts; done++) {
            turns.take(Lane.STARTS, "web").ifPresent(inHand::add);
            while (inHand.size() < turns.limit()) {
                inHand.add(turns.take(Lane.STARTS, "web").orElseThrow());
            }
            var share = Math.max(1.0, (double) inHand.size() / atATime);
            var took = Duration.ofNanos((long) (ALONE.toNanos() * slower * share));
            now.addAndGet(took.toNanos() / inHand.size());
            var turn = inHand.removeFirst();
            turn.started(took);
            turn.end();
        }
        inHand.forEach(Turn::end);
    }

    @Test
    void starts_do_not_take_the_turns_of_removals() {
        takeAll(Lane.STARTS);

        assertThat(turns.take(Lane.STARTS, "web")).isEmpty();
        assertThat(turns.take(Lane.REMOVALS, "web")).isPresent();
    }

    @Test
    void a_turn_given_back_is_another_s() {
        var taken = takeAll(Lane.STARTS);

        taken.getFirst().end();
        taken.getFirst().end();

        assertThat(freed).hasValue(1);
        assertThat(turns.take(Lane.STARTS, "web")).isPresent();
        assertThat(turns.take(Lane.STARTS, "web")).as("end() counts only once").isEmpty();
    }

    @Test
    void a_late_start_keeps_its_turn() {
        var taken = takeAll(Lane.STARTS);
        taken.getFirst().late();

        assertThat(turns.take(Lane.STARTS, "other")).isEmpty();
    }

    @Test
    void where_every_start_is_late_another_app_tries_one_at_a_time() {
        takeAll(Lane.STARTS).forEach(Turn::late);

        assertThat(turns.take(Lane.STARTS, "web")).as("the app has late starts").isEmpty();
        assertThat(turns.take(Lane.STARTS, "other")).isPresent();
        assertThat(turns.take(Lane.STARTS, "third")).as("one start at a time").isEmpty();
    }

    @Test
    void late_answers_shrink_the_limit_and_never_below_two() {
        run(32, 1, 200);
        var before = turns.limit();
        IntStream.range(0, 100)
                .mapToObj(i -> turns.take(Lane.STARTS, "app-" + i))
                .flatMap(Optional::stream)
                .forEach(Turn::late);

        assertThat(turns.limit()).isLessThan(before);
        for (var i = 0; i < 100; i++) {
            takeAll(Lane.STARTS)
                    .forEach(turn -> {
                        turn.late();
                        turn.end();
                    });
        }
        assertThat(turns.limit()).isEqualTo(2);
    }

    @Test
    void an_engine_that_is_gone_is_left_alone_longer_each_time_until_it_answers() {
        assertThat(restAfterOneMore()).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
        assertThat(restAfterOneMore()).isBetween(Duration.ofMillis(500), Duration.ofSeconds(1));
        for (var i = 0; i < 20; i++) {
            restAfterOneMore();
        }
        assertThat(restAfterOneMore()).isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30));

        var turn = turns.take(Lane.STARTS, "web").orElseThrow();
        turn.answered();
        turn.end();

        assertThat(restAfterOneMore()).isBetween(Duration.ofMillis(250), Duration.ofMillis(500));
    }

    @Test
    void a_breakdown_counts_once_however_many_actions_it_hits() {
        var hit = takeAll(Lane.STARTS);
        hit.forEach(Turn::unanswered);
        hit.forEach(Turn::end);

        now.addAndGet(Duration.ofMillis(500).toNanos());
        assertThat(turns.take(Lane.STARTS, "web")).isPresent();
    }

    @Test
    void a_connection_that_is_refused_at_once_is_not_taken_for_the_speed_of_the_engine() {
        run(8, 1, 100);
        var before = turns.limit();

        now.addAndGet(1);
        var refused = turns.take(Lane.REMOVALS, "web").orElseThrow();
        now.addAndGet(Duration.ofMillis(1).toNanos());
        refused.unanswered();
        refused.end();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        run(8, 1, 100);

        assertThat(turns.limit()).isBetween(before - 1, before + 1);
    }

    @Test
    void a_lone_start_measures_the_engine_anew_after_a_while() {
        run(8, 1, 100);
        assertThat(turns.limit()).isGreaterThanOrEqualTo(8);

        run(8, 6, 100); // every start now takes six times as long
        assertThat(turns.limit()).as("the slowness is taken for an overload").isLessThan(8);
        now.addAndGet(Duration.ofMinutes(11).toNanos());
        var alone = turns.take(Lane.STARTS, "web").orElseThrow();
        alone.started(ALONE.multipliedBy(6));
        alone.end();
        run(8, 6, 100);

        assertThat(turns.limit()).isGreaterThanOrEqualTo(8);
    }

    @Test
    void an_answer_is_late_no_more_once_it_is_there() {
        var turn = turns.take(Lane.STARTS, "web").orElseThrow();
        turn.late();
        assertThat(turn.isLate()).isTrue();

        turn.answered();

        assertThat(turn.isLate()).isFalse();
        assertThat(turn.late()).as("the timer fires after the answer").isFalse();
    }

    private Duration restAfterOneMore() {
        var turn = turns.take(Lane.STARTS, "web").orElseThrow();
        turn.unanswered();
        turn.end();
        var begin = now.get();
        while (turns.take(Lane.REMOVALS, "web").map(this::ended).isEmpty()) {
            now.addAndGet(Duration.ofMillis(10).toNanos());
        }
        return Duration.ofNanos(now.get() - begin);
    }

    private boolean ended(Turn turn) {
        turn.end();
        return true;
    }

    @Test
    void a_stop_that_waits_for_its_program_leaves_its_turn_to_others_meanwhile() {
        var taken = takeAll(Lane.REMOVALS);

        taken.getFirst().waitsForApp(true);
        assertThat(turns.take(Lane.REMOVALS, "other")).isPresent();

        taken.getFirst().waitsForApp(false);
        taken.get(1).end();
        assertThat(turns.take(Lane.REMOVALS, "other")).as("the stop counts again").isEmpty();
    }

    @Test
    void late_is_what_takes_four_times_as_long_as_lately() {
        assertThat(turns.lateAfter()).hasSeconds(10);

        run(1, 100, 50);

        assertThat(turns.lateAfter()).isGreaterThan(ALONE.multipliedBy(400));
    }

    private List<Turn> takeAll(Lane lane) {
        return IntStream.range(0, turns.limit())
                .mapToObj(_ -> turns.take(lane, "web"))
                .flatMap(Optional::stream)
                .toList();
    }
}
