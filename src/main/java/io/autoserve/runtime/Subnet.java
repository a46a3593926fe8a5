package io.autoserve.runtime;

import java.util.regex.Pattern;

/**
 * A range of IPv4 addresses, divided into parts by use.
 *
 * <p>The first address is the gateway. The rest of the first quarter is for fixed addresses, such
 * as nginx's. The second quarter is for addresses that the engine assigns. The upper half is for
 * instances.
 *
 * @param first the first address, as a number
 * @param prefix length of the prefix, 8 to 26 bits
 */
record Subnet(long first, int prefix) {
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern FORM =
            Pattern.compile("(%1$s\\.){3}%1$s/\\d{1,2}".formatted(OCTET));

    Subnet {
        if (prefix < 8 || prefix > 26) {
            throw new IllegalArgumentException("subnet must be /8 to /26, was /" + prefix);
        }
        if (first % size(prefix) != 0) {
            throw new IllegalArgumentException(
                    "subnet must start at a multiple of its size, %s/%d does not"
                            .formatted(text(first), prefix));
        }
    }

    /**
     * @param text text such as {@code 172.20.0.0/16}
     */
    static Subnet parse(String text) {
        var parts = text.split("[./]", -1);
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "subnet must be like 172.20.0.0/16, was '%s'".formatted(text));
        }
        long first = 0;
        for (var i = 0; i < 4; i++) {
            first = first << 8 | Long.parseLong(parts[i]);
        }
        return new Subnet(first, Integer.parseInt(parts[4]));
    }

    boolean overlaps(Subnet other) {
        return first < other.first + size(other.prefix) && other.first < first + size(prefix);
    }

    String gateway() {
        return text(first + 1);
    }

    /**
     * Returns the range from which the engine assigns addresses to containers that request no fixed
     * address.
     */
    String dynamicRange() {
        return text(first + size(prefix) / 4) + "/" + (prefix + 2);
    }

    /**
     * Returns the address of the instance with this number. Numbers are never used twice, so an
     * address is used again only after the whole upper half was used. A late request to a dead
     * instance therefore does not reach another instance.
     */
    String instance(long number) {
        var half = size(prefix) / 2;
        return text(
                first + half + Math.floorMod(number, half - 1)); // leaves out the broadcast address
    }

    private static long size(int prefix) {
        return 1L << (32 - prefix);
    }

    private static String text(long address) {
        return "%d.%d.%d.%d"
                .formatted(
                        address >> 24 & 255,
                        address >> 16 & 255,
                        address >> 8 & 255,
                        address & 255);
    }

    @Override
    public String toString() {
        return text(first) + "/" + prefix;
    }
}
