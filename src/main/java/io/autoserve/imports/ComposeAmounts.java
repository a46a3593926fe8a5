package io.autoserve.imports;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Converts durations and sizes in the notation of Compose, such as {@code 1m30s} and {@code 2gb}.
 */
final class ComposeAmounts {
    private static final int LONGEST = 15;
    private static final Map<String, BigDecimal> SECONDS =
            Map.of(
                    "ns",
                    new BigDecimal("0.000000001"),
                    "us",
                    new BigDecimal("0.000001"),
                    "ms",
                    new BigDecimal("0.001"),
                    "s",
                    BigDecimal.ONE,
                    "m",
                    BigDecimal.valueOf(60),
                    "h",
                    BigDecimal.valueOf(3600),
                    "d",
                    BigDecimal.valueOf(86_400));
    private static final Map<String, Long> BYTES =
            Map.of("", 1L, "b", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30, "t", 1L << 40);

    private ComposeAmounts() {}

    /** Returns a duration in seconds, or empty if the text is no duration. */
    static Optional<BigDecimal> seconds(String text) {
        var rest = text.strip();
        var sum = BigDecimal.ZERO;
        while (!rest.isEmpty()) {
            var digits = numberAtStart(rest);
            var unit = lettersAtStart(rest.substring(digits.length()));
            var number = number(digits);
            var factor = SECONDS.get(unit);
            if (number.isEmpty() || factor == null) {
                return Optional.empty();
            }
            sum = sum.add(number.get().multiply(factor));
            rest = rest.substring(digits.length() + unit.length());
        }
        return text.isBlank() ? Optional.empty() : Optional.of(sum.stripTrailingZeros());
    }

    /** Returns a size in bytes, or empty if the text is no size. The units are powers of 1024. */
    static Optional<Long> bytes(String text) {
        var written = text.strip().toLowerCase(Locale.ROOT);
        var digits = numberAtStart(written);
        var unit = written.substring(digits.length()).strip();
        var letter = unit.length() > 1 && unit.endsWith("b") ? withoutB(unit) : unit;
        var factor = BYTES.get(letter);
        return factor == null
                ? Optional.empty()
                : number(digits)
                        .map(number -> number.multiply(BigDecimal.valueOf(factor)))
                        .map(number -> number.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue());
    }

    private static String withoutB(String unit) {
        var letters = unit.substring(0, unit.length() - 1);
        return letters.endsWith("i") ? letters.substring(0, letters.length() - 1) : letters;
    }

    /** Returns a number that is not negative, or empty if the text is no such number. */
    static Optional<BigDecimal> number(String text) {
        var plain = text.chars().allMatch(c -> (c >= '0' && c <= '9') || c == '.');
        if (text.isEmpty() || text.length() > LONGEST || !plain) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(text));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /** Returns a whole number up to a limit, or empty if the text is no such number. */
    static Optional<Integer> whole(String text, int most) {
        return number(text)
                .filter(number -> number.scale() <= 0)
                .filter(number -> number.compareTo(BigDecimal.valueOf(most)) <= 0)
                .map(BigDecimal::intValue);
    }

    private static String numberAtStart(String text) {
        var end = 0;
        while (end < text.length() && "0123456789.".indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        return text.substring(0, end);
    }

    private static String lettersAtStart(String text) {
        var end = 0;
        while (end < text.length() && Character.isLetter(text.charAt(end))) {
            end++;
        }
        return text.substring(0, end);
    }
}
