package io.autoserve.cli.terminal;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Formats numbers for people. */
public final class HumanUnits {
    private HumanUnits() {}

    /** Returns a duration in the largest unit that fits, rounded down: 59s, 3m, 2h, 5d. */
    static String age(Duration age) {
        if (age.toDays() > 0) {
            return age.toDays() + "d";
        } else if (age.toHours() > 0) {
            return age.toHours() + "h";
        } else if (age.toMinutes() > 0) {
            return age.toMinutes() + "m";
        }
        return Math.max(0, age.toSeconds()) + "s"; // clocks of two machines may differ a little
    }

    /** Returns the age of an ISO time. Text that is not an ISO time is returned unchanged. */
    public static String age(String time, Instant now) {
        try {
            return time.isEmpty() ? "-" : age(Duration.between(Instant.parse(time), now));
        } catch (DateTimeException _) {
            return time;
        }
    }

    /**
     * Returns a duration in seconds with one decimal, such as 1.2 s, for times that people wait
     * for.
     */
    public static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }

    /** Returns a size in binary units: 512 B, 1.5 KiB, 20 MiB. */
    public static String bytes(long bytes) {
        var units = new String[] {"B", "KiB", "MiB", "GiB", "TiB"};
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        var digits = unit > 0 && value < 10 ? "%.1f %s" : "%.0f %s";
        return String.format(Locale.ROOT, digits, value, units[unit]);
    }

    /** Returns how far a standby is behind, or "unknown" if the API has no number. */
    public static String lag(JsonNode bytes) {
        return bytes.isNumber() ? bytes(bytes.asLong()) : "unknown";
    }

    /** Returns a number with its noun: "1 instance", "3 instances". */
    public static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
