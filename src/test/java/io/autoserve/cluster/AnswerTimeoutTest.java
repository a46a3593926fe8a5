package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AnswerTimeoutTest {
    private long nanos;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new AnswerTimeout(
                            "query"::equals, "answer"::equals, Duration.ofSeconds(6), () -> nanos));

    AnswerTimeoutTest() {
        channel.freezeTime();
    }

    @Test
    void who_is_asked_nothing_may_be_silent() {
        pass(60);

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void who_answers_in_time_may_be_silent_again() {
        ask();
        pass(5);
        answer();
        pass(60);
        ask();
        pass(5);

        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void who_leaves_a_question_unanswered_is_hung_up_on() {
        ask();
        pass(5);
        assertThat(channel.isOpen()).isTrue();
        pass(2);

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void each_answer_gives_time_for_the_next() {
        ask();
        ask();
        pass(5);
        answer();
        pass(5);
        assertThat(channel.isOpen()).isTrue();
        pass(2);

        assertThat(channel.isOpen()).isFalse();
    }

    private void ask() {
        channel.writeOutbound("query");
    }

    private void answer() {
        channel.writeInbound("answer");
    }

    private void pass(int seconds) {
        for (var i = 0; i < seconds; i++) {
            nanos += TimeUnit.SECONDS.toNanos(1);
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
    }
}
