package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotationTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Rotation both = Rotation.of(List.of("one", "two"));

    @Test
    void changes_wait_for_every_proxy_when_a_term_begins() {
        assertThat(both.in()).containsExactly("one", "two");
        assertThat(both.out()).isEmpty();
    }

    @Test
    void a_proxy_leaves_after_ten_seconds_of_silence_from_the_first_question_on() {
        var silent = both.unanswered("two", 5 * SECOND, 7 * SECOND);
        assertThat(silent.unanswered("two", 13 * SECOND, 14 * SECOND).in())
                .containsExactly("one", "two");

        var gone = silent.unanswered("two", 13 * SECOND, 15 * SECOND);

        assertThat(gone.in()).containsExactly("one");
        assertThat(gone.since(silent))
                .singleElement()
                .satisfies(change -> {
                    assertThat(change.in()).isFalse();
                    assertThat(change.reason()).startsWith("two did not answer for 10 s");
                });
    }

    @Test
    void an_answer_ends_a_silence() {
        var spoke = both.unanswered("two", 0, 2 * SECOND).answered("two", 2 * SECOND);

        assertThat(spoke.unanswered("two", 11 * SECOND, 12 * SECOND).isIn("two")).isTrue();
    }

    /** The leader itself may have been frozen between its question and now. */
    @Test
    void one_question_is_not_enough_to_leave() {
        assertThat(both.unanswered("two", 0, 60 * SECOND).isIn("two")).isTrue();
    }

    @Test
    void proxies_that_are_silent_together_stay_since_the_leader_may_be_cut_off() {
        var rotation = both;
        for (var second = 0; second <= 60; second += 2) {
            rotation = rotation.unanswered("one", second * SECOND, (second + 2) * SECOND);
            rotation = rotation.unanswered("two", second * SECOND, (second + 2) * SECOND);
        }
        assertThat(rotation.in()).containsExactly("one", "two");
    }

    @Test
    void a_silence_counts_only_while_another_proxy_answers() {
        var cutOff = both;
        for (var second = 0; second < 30; second += 2) {
            cutOff = cutOff.unanswered("one", second * SECOND, (second + 2) * SECOND);
            cutOff = cutOff.unanswered("two", second * SECOND, (second + 2) * SECOND);
        }

        var over = cutOff.answered("one", 31 * SECOND);

        assertThat(over.patience("two", 31 * SECOND)).contains(Duration.ofSeconds(10));
        assertThat(over.unanswered("two", 30 * SECOND, 32 * SECOND).isIn("two")).isTrue();
        assertThat(over.unanswered("two", 39 * SECOND, 41 * SECOND).isIn("two")).isFalse();
    }

    @Test
    void a_silence_counts_from_the_start_of_the_only_other_proxy() {
        var alone = both.ended("one").unanswered("two", 0, 2 * SECOND);

        var started = alone.answered("one", 60 * SECOND);

        assertThat(started.unanswered("two", 59 * SECOND, 61 * SECOND).isIn("two")).isTrue();
    }

    @Test
    void a_silent_proxy_returns_only_with_the_newest_table() {
        var gone = silentTwo();
        assertThat(gone.answered("two", 11 * SECOND).isIn("two")).isFalse();

        var back = gone.answered("two", 11 * SECOND).accepted("two", 11 * SECOND);

        assertThat(back.isIn("two")).isTrue();
        assertThat(back.since(gone))
                .containsExactly(new RotationChange(true, "two has the newest routes again"));
    }

    @Test
    void a_proxy_whose_container_has_ended_leaves_at_once() {
        var ended = both.ended("two");

        assertThat(ended.in()).containsExactly("one");
        assertThat(ended.hasEnded("two")).isTrue();
        assertThat(ended.since(both).getFirst().reason()).startsWith("the container two has ended");
    }

    /** It may have read its table before the newest one was written. */
    @Test
    void a_proxy_that_runs_again_is_waited_for_before_it_has_answered() {
        var ended = both.ended("two");

        var starting = ended.unanswered("two", SECOND, SECOND);

        assertThat(starting.isIn("two")).isTrue();
        assertThat(starting.since(ended))
                .containsExactly(new RotationChange(true, "the container two runs again"));
    }

    @Test
    void silent_proxies_are_waited_for_again_if_no_other_is_left() {
        assertThat(silentTwo().ended("one").in()).containsExactly("two");
    }

    @Test
    void the_last_proxy_never_leaves_for_its_silence() {
        var rotation = both.ended("one");
        for (var second = 0; second <= 60; second += 2) {
            rotation = rotation.unanswered("two", second * SECOND, (second + 2) * SECOND);
        }
        assertThat(rotation.in()).containsExactly("two");
    }

    @Test
    void a_question_waits_no_longer_than_the_rest_of_the_ten_seconds() {
        var silent = both.unanswered("two", 5 * SECOND, 7 * SECOND);

        assertThat(silent.patience("two", 14 * SECOND)).contains(Duration.ofSeconds(1));
        assertThat(silent.patience("two", 20 * SECOND)).contains(Duration.ZERO);
        assertThat(silent.patience("one", 14 * SECOND)).isEmpty();
        assertThat(silent.ended("one").patience("two", 14 * SECOND)).isEmpty();
    }

    private Rotation silentTwo() {
        return both.unanswered("two", 0, SECOND).unanswered("two", 9 * SECOND, 10 * SECOND);
    }
}
