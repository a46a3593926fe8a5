package io.autoserve.cli.command;

import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * Parses durations as people type them: {@code 500ms}, {@code 60s}, {@code 10m}, {@code 2h}, {@code
 * 1d}. A number needs a unit, because 90 could be seconds or days.
 */
public final class Durations {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private Durations() {}

    public static Duration parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches()) {
            throw new TypeConversionException(
                    "must be a duration such as 500ms, 60s, 10m, 2h or 1d, was '%s'"
                            .formatted(text));
        }
        var number = Long.parseLong(match.group(1));
        return switch (match.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }
}
