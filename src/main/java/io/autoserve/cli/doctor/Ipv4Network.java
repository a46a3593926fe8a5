package io.autoserve.cli.doctor;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses.
 *
 * @param first the first address, as a number
 * @param last the last address, as a number
 */
record Ipv4Network(long first, long last) {
    private static final Pattern FORM =
            Pattern.compile(
                    "(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(/(3[0-2]|[12]?\\d))?");

    /**
     * Reads an address or a network, such as {@code 10.0.0.0/8}. Returns empty for any other text.
     */
    static Optional<Ipv4Network> of(String text) {
        var parts = FORM.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        long address = 0;
        for (var group = 1; group <= 4; group++) {
            address = (address << 8) + Long.parseLong(parts.group(group));
        }
        var prefix = parts.group(6) == null ? 32 : Integer.parseInt(parts.group(6));
        var size = 1L << (32 - prefix);
        var first = address - address % size;
        return Optional.of(new Ipv4Network(first, first + size - 1));
    }

    boolean overlaps(Ipv4Network other) {
        return first <= other.last && other.first <= last;
    }
}
