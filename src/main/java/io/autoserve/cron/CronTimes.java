package io.autoserve.cron;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.autoserve.plan.DueTimes;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/** Computes due times from the cron expressions of Unix, see crontab(5). */
public final class CronTimes implements DueTimes {
    private final CronParser parser =
            new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

    @Override
    public Optional<Instant> next(String cron, String timeZone, Instant after) {
        return times(cron)
                .nextExecution(after.atZone(zone(timeZone)))
                .map(ZonedDateTime::toInstant);
    }

    private ExecutionTime times(String cron) {
        try {
            return ExecutionTime.forCron(parser.parse(cron));
        } catch (IllegalArgumentException invalid) {
            throw new IllegalArgumentException(
                    "cron must have five fields like '30 4 * * 1-5', was '%s': %s"
                            .formatted(cron, invalid.getMessage()),
                    invalid);
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException unknown) {
            throw new IllegalArgumentException(
                    "timeZone must be a name like Europe/Berlin, was '%s'".formatted(name),
                    unknown);
        }
    }
}
