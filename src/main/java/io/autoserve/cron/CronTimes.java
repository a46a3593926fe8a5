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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Computes due times from the cron expressions of Unix, see crontab(5). Remembers its answers,
 * because the leader asks for the next time of each schedule in each pass, and an answer takes a
 * while to compute. May be called from any thread.
 */
public final class CronTimes implements DueTimes {
    private static final int MOST_ANSWERS = 10_000;

    private final CronParser parser =
            new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
    private final Map<Question, Optional<Instant>> answers = new ConcurrentHashMap<>();

    private record Question(String cron, String timeZone, Instant after) {}

    @Override
    public Optional<Instant> next(String cron, String timeZone, Instant after) {
        if (answers.size() >= MOST_ANSWERS) {
            answers.clear();
        }
        return answers.computeIfAbsent(new Question(cron, timeZone, after), this::answer);
    }

    private Optional<Instant> answer(Question question) {
        return times(question.cron)
                .nextExecution(question.after.atZone(zone(question.timeZone)))
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
