package io.autoserve.cron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronTimesTest {
    private final CronTimes times = new CronTimes();

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    each quarter of an hour      | */15 * * * *  | UTC           | 2026-01-01T12:00:00Z | 2026-01-01T12:15:00Z
                    a time is not its own next   | 0 12 * * *    | UTC           | 2026-01-01T12:00:00Z | 2026-01-02T12:00:00Z
                    on workdays                  | 30 4 * * 1-5  | UTC           | 2026-01-02T12:00:00Z | 2026-01-05T04:30:00Z
                    0 and 7 are Sunday           | 0 0 * * 7     | UTC           | 2026-01-01T00:00:00Z | 2026-01-04T00:00:00Z
                    in the zone's winter         | 0 12 * * *    | Europe/Berlin | 2026-01-01T00:00:00Z | 2026-01-01T11:00:00Z
                    in the zone's summer         | 0 12 * * *    | Europe/Berlin | 2026-07-01T00:00:00Z | 2026-07-01T10:00:00Z
                    once a year                  | 0 0 1 1 *     | UTC           | 2026-01-01T00:00:00Z | 2027-01-01T00:00:00Z
                    not in the hour that lacks   | 30 2 * * *    | Europe/Berlin | 2026-03-28T01:30:00Z | 2026-03-30T00:30:00Z
                    once in the hour that repeats | 30 2 * * *   | Europe/Berlin | 2026-10-25T00:30:00Z | 2026-10-26T01:30:00Z
                    """)
    void the_next_time_is_after_the_last_one(
            String what, String cron, String zone, Instant after, Instant next) {
        assertThat(times.next(cron, zone, after)).as(what).contains(next);
    }

    /** Each hour is due once, also where the clocks are set back and show one hour twice. */
    @Test
    void a_day_with_a_clock_change_has_no_time_twice() {
        var time = Instant.parse("2026-10-24T22:00:00Z");
        for (var i = 0; i < 30; i++) {
            var next = times.next("30 * * * *", "Europe/Berlin", time).orElseThrow();
            assertThat(next).isAfter(time);
            time = next;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "* * * *", "61 * * * *", "nightly", "* * * * * *"})
    void other_text_is_refused(String cron) {
        assertThatThrownBy(() -> times.next(cron, "UTC", Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("cron must have five fields");
    }

    @Test
    void an_unknown_zone_is_refused() {
        assertThatThrownBy(() -> times.next("* * * * *", "Mars/Olympus", Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeZone must be a name like Europe/Berlin, was 'Mars/Olympus'");
    }
}
