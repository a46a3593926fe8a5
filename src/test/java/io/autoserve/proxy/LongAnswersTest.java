package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.OfInstance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LongAnswersTest {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final LongAnswers answers = new LongAnswers();

    @Test
    void reports_what_happened_since_the_first_reading_for_each_app() {
        assertThat(answers.due(counters(7, 0, 3), 0)).isEmpty();
        assertThat(answers.due(counters(7, 0, 3), MINUTE)).isEmpty();

        assertThat(answers.due(counters(9, 1, 4), 2 * MINUTE))
                .isEqualTo(Map.of("shop", 3L, "blog", 1L));
    }

    @Test
    void reports_an_app_again_after_ten_minutes_with_all_that_happened_meanwhile() {
        answers.due(counters(0, 0, 0), 0);

        assertThat(answers.due(counters(1, 0, 0), 0)).isEqualTo(Map.of("shop", 1L));
        assertThat(answers.due(counters(3, 0, 0), MINUTE)).isEmpty();
        assertThat(answers.due(counters(3, 4, 0), 9 * MINUTE)).isEmpty();
        assertThat(answers.due(counters(3, 4, 0), 10 * MINUTE)).isEqualTo(Map.of("shop", 6L));
        assertThat(answers.due(counters(3, 4, 0), 30 * MINUTE)).isEmpty();
    }

    @Test
    void counts_from_zero_after_a_restart_of_nginx() {
        answers.due(counters(5, 0, 0), 0);

        assertThat(answers.due(counters(2, 0, 0), MINUTE)).isEqualTo(Map.of("shop", 2L));
    }

    /** Returns counters of two instances of the app shop and one of blog. */
    private static Counters counters(long first, long second, long third) {
        return new Counters(
                Instant.EPOCH,
                new Version(1, 1, 1),
                Map.of(
                        1L, counted("shop", first),
                        2L, counted("shop", second),
                        3L, counted("blog", third)));
    }

    private static OfInstance counted(String app, long longHeads) {
        var classes = List.of(0L, 0L, 0L, 0L, 0L);
        return new OfInstance(app, 1, true, 0, 0, classes, longHeads, 0, 0, Latency.NONE);
    }
}
