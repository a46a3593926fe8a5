package io.autoserve.logging;

import static java.util.Objects.requireNonNullElse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/**
 * Logs a warning or an error that repeats only once a minute, with a count. Loops that retry would
 * otherwise fill the log with one line while a part of the platform is down. Two lines are the same
 * if only times such as {@code 732 ms} differ. Logback's own {@code DuplicateMessageFilter} drops
 * lines that differ in their arguments, and prints no count.
 */
public final class RepeatedWarnings extends TurboFilter {
    private static final long SECONDS = 60;
    private static final Pattern TIME = Pattern.compile("\\b\\d+(\\.\\d+)? ?(ms|s|min)\\b");

    /** More different lines than this are logged each time, so that the memory stays small. */
    private static final int MOST = 1_000;

    private final Map<Line, Streak> streaks = new ConcurrentHashMap<>();
    private final Consumer<Runnable> inAMinute;

    /**
     * @param text the message and the exception without times
     */
    private record Line(Logger logger, Level level, String text) {}

    /**
     * @param message the latest message
     * @param context the values of the latest line in the mapped diagnostic context
     * @param repeats number of lines that were not logged
     */
    private record Streak(String message, Map<String, String> context, int repeats) {}

    /** Logback's configuration calls this. */
    public RepeatedWarnings() {
        inAMinute = this::schedule;
    }

    /**
     * @param inAMinute runs each task after a minute
     */
    RepeatedWarnings(Consumer<Runnable> inAMinute) {
        this.inAMinute = inAMinute;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable thrown) {
        // Logback passes no format if code only asks whether a level is enabled.
        if (format == null
                || !level.isGreaterOrEqual(Level.WARN)
                || !level.isGreaterOrEqual(logger.getEffectiveLevel())
                || streaks.size() >= MOST) {
            return FilterReply.NEUTRAL;
        }
        var formatted = MessageFormatter.arrayFormat(format, arguments);
        var message = requireNonNullElse(formatted.getMessage(), format);
        var line =
                new Line(
                        logger,
                        level,
                        withoutTimes(message)
                                + cause(thrown == null ? formatted.getThrowable() : thrown));
        return repeats(line, message) ? FilterReply.DENY : FilterReply.NEUTRAL;
    }

    private boolean repeats(Line line, String message) {
        var streak =
                streaks.merge(
                        line,
                        new Streak(
                                message,
                                requireNonNullElse(MDC.getCopyOfContextMap(), Map.of()),
                                0),
                        (old, now) -> new Streak(now.message(), now.context(), old.repeats() + 1));
        if (streak != null && streak.repeats() > 0) {
            return true;
        }
        inAMinute.accept(() -> report(line));
        return false;
    }

    /** Logs how often the line was repeated. A line that was not repeated is forgotten. */
    private void report(Line line) {
        var streak = streaks.remove(line);
        if (streak == null || streak.repeats() == 0) {
            return;
        }
        if (streaks.putIfAbsent(line, new Streak(streak.message(), streak.context(), 0)) == null) {
            inAMinute.accept(() -> report(line));
        }
        var event =
                new LoggingEvent(
                        RepeatedWarnings.class.getName(),
                        line.logger(),
                        line.level(),
                        "{} ({} more in the last {} s)",
                        null,
                        new Object[] {streak.message(), streak.repeats(), SECONDS});
        event.setMDCPropertyMap(streak.context());
        line.logger().callAppenders(event);
    }

    private void schedule(Runnable task) {
        var _ =
                getContext()
                        .getScheduledExecutorService()
                        .schedule(task, SECONDS, TimeUnit.SECONDS);
    }

    private static String withoutTimes(String text) {
        return TIME.matcher(text).replaceAll("");
    }

    /**
     * Returns the exception and the line of code that threw it, so that another failure is another
     * line.
     */
    private static String cause(@Nullable Throwable thrown) {
        if (thrown == null) {
            return "";
        }
        var trace = thrown.getStackTrace();
        return " " + withoutTimes(thrown.toString()) + (trace.length == 0 ? "" : " " + trace[0]);
    }
}
