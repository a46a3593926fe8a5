package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Converts amounts in the notation of specs, such as {@code 500m}, {@code 1.5}, {@code 512Mi} and
 * {@code 1G}.
 */
final class Quantity {
    static final long LEAST_MEMORY = 6L << 20; // Docker refuses less
    static final long MOST_BYTES = 1L << 50;

    private static final Map<String, Long> UNITS = new LinkedHashMap<>();

    static {
        UNITS.put("Ti", 1L << 40);
        UNITS.put("Gi", 1L << 30);
        UNITS.put("Mi", 1L << 20);
        UNITS.put("Ki", 1L << 10);
        UNITS.put("T", 1_000_000_000_000L);
        UNITS.put("G", 1_000_000_000L);
        UNITS.put("M", 1_000_000L);
        UNITS.put("k", 1_000L);
    }

    private Quantity() {}

    /** Returns the amount in thousandths of a core. */
    static int cpuMillis(JsonNode written) {
        var text = written.asText();
        return text.endsWith("m")
                ? Integer.parseInt(text.substring(0, text.length() - 1))
                : new BigDecimal(text).movePointRight(3).intValue();
    }

    static String cpu(int millis) {
        return millis % 1000 == 0 ? String.valueOf(millis / 1000) : millis + "m";
    }

    /**
     * Returns the amount in bytes. Amounts beyond the range of a long become {@link
     * Long#MAX_VALUE}.
     */
    static long bytes(JsonNode written) {
        var text = written.asText();
        var number = text.replaceAll("[A-Za-z]+", "");
        var unit = UNITS.getOrDefault(text.substring(number.length()), 1L);
        return new BigDecimal(number)
                .multiply(BigDecimal.valueOf(unit))
                .min(BigDecimal.valueOf(Long.MAX_VALUE))
                .longValue();
    }

    static String size(long bytes) {
        return UNITS.entrySet().stream()
                .filter(unit -> bytes > 0 && bytes % unit.getValue() == 0)
                .findFirst()
                .map(unit -> bytes / unit.getValue() + unit.getKey())
                .orElse(String.valueOf(bytes));
    }
}
