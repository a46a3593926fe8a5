package io.autoserve.spec;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.regex.Pattern;

/** Converts amounts of CPU and memory, as in specs, for settings and for quotas of tokens. */
public final class Amounts {
    private static final Pattern CPU = Pattern.compile("[0-9]{1,6}(\\.[0-9]{1,3})?|[0-9]{1,9}m");
    private static final Pattern MEMORY =
            Pattern.compile("[0-9]{1,15}(\\.[0-9]{1,3})?(Ki|Mi|Gi|Ti|k|M|G|T)?");

    private Amounts() {}

    /**
     * Returns the amount in thousandths of a core.
     *
     * @throws IllegalArgumentException if the text is not an amount, or is 0
     */
    public static int cpuMillis(String text) {
        var millis = CPU.matcher(text).matches() ? Quantity.cpuMillis(new TextNode(text)) : 0;
        if (millis <= 0) {
            throw new IllegalArgumentException(
                    "must be cores like '1.5' or thousandths like '500m', was '%s'"
                            .formatted(text));
        }
        return millis;
    }

    public static String cpu(long millis) {
        return millis % 1000 == 0 ? String.valueOf(millis / 1000) : millis + "m";
    }

    /**
     * Returns the amount in bytes.
     *
     * @throws IllegalArgumentException if the text is not an amount, or is less than Docker permits
     */
    public static long memoryBytes(String text) {
        var bytes = MEMORY.matcher(text).matches() ? Quantity.bytes(new TextNode(text)) : 0;
        if (bytes < Quantity.LEAST_MEMORY || bytes > Quantity.MOST_BYTES) {
            throw new IllegalArgumentException(
                    "must be bytes like '512Mi' or '1G', from 6Mi to 1024Ti, was '%s'"
                            .formatted(text));
        }
        return bytes;
    }

    public static String memory(long bytes) {
        return Quantity.size(bytes);
    }
}
