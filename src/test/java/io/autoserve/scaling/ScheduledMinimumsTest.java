package io.autoserve.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cron.CronTimes;
import io.autoserve.model.AppSpec.Scaling.ScheduledMinimum;
import io.autoserve.testing.ScalingDraft;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduledMinimumsTest {
    private static final ScheduledMinimum OFFICE_HOURS =
            new ScheduledMinimum("0 8 * * 1-5", "0 18 * * 1-5", "Europe/Berlin", 5);
    private static final ScheduledMinimum MORNING =
            new ScheduledMinimum("0 8 * * 1-5", "0 9 * * 1-5", "Europe/Berlin", 50);

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    before it begins            | 2026-01-02T06:59:59Z | 2
                    when it begins              | 2026-01-02T07:00:00Z | 20
                    of two times the higher one | 2026-01-02T07:59:59Z | 20
                    after the shorter one       | 2026-01-02T08:00:00Z | 5
                    before it ends              | 2026-01-02T16:59:59Z | 5
                    when it ends                | 2026-01-02T17:00:00Z | 2
                    on Saturday                 | 2026-01-03T12:00:00Z | 2
                    in summer                   | 2026-07-01T15:59:59Z | 5
                    """)
    void an_app_has_more_instances_at_certain_times(String when, Instant now, int least) {
        var policy =
                new ScalingDraft().auto(2, 20).cpu(50).schedule(OFFICE_HOURS, MORNING).scaling();

        assertThat(ScheduledMinimums.at(policy, new CronTimes(), now).minReplicas())
                .as(when)
                .isEqualTo(least);
    }

    @Test
    void an_app_does_not_sleep_at_such_a_time() {
        var policy =
                new ScalingDraft()
                        .sleepsAfter(Duration.ofMinutes(5))
                        .schedule(OFFICE_HOURS)
                        .scaling();
        var noon = Instant.parse("2026-01-02T12:00:00Z");
        var night = Instant.parse("2026-01-02T22:00:00Z");

        assertThat(ScheduledMinimums.at(policy, new CronTimes(), noon).sleep()).isNull();
        assertThat(ScheduledMinimums.at(policy, new CronTimes(), night)).isEqualTo(policy);
    }

    @Test
    void a_time_that_this_version_cannot_read_changes_nothing() {
        var unreadable = new ScheduledMinimum("at eight", "0 18 * * *", "UTC", 5);
        var policy = new ScalingDraft().auto(2, 20).cpu(50).schedule(unreadable).scaling();

        assertThat(ScheduledMinimums.at(policy, new CronTimes(), Instant.EPOCH)).isEqualTo(policy);
    }
}
