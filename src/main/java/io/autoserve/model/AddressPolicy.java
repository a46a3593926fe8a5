package io.autoserve.model;

import java.util.List;
import java.util.Optional;

/**
 * Decides whether AutoServe may reach an address that a user has named, directly or by a host name.
 * Such an address must lead to another machine, because services on this machine and its networks
 * trust those who can reach them.
 *
 * @param privateRanges whether addresses of private networks may be reached, such as 10.0.0.0/8
 * @param ours the platform's own networks
 */
public record AddressPolicy(boolean privateRanges, List<AddressRange> ours) {
    private static final List<Named> NEVER =
            List.of(
                    named("0.0.0.0/8", "an unspecified address"),
                    named("127.0.0.0/8", "a loopback address"),
                    named("169.254.0.0/16", "a link-local address"),
                    named("192.0.0.0/24", "a reserved address"),
                    named("224.0.0.0/4", "a multicast address"),
                    named("240.0.0.0/4", "a reserved address"));
    private static final List<Named> PRIVATE =
            List.of(
                    named("10.0.0.0/8", "a private address"),
                    named("100.64.0.0/10", "a private address"),
                    named("172.16.0.0/12", "a private address"),
                    named("192.168.0.0/16", "a private address"));

    public AddressPolicy {
        ours = List.copyOf(ours);
    }

    private record Named(AddressRange range, String what) {}

    /**
     * A range of IPv4 addresses.
     *
     * @param first the first address, as a number
     * @param prefix length of the prefix, 0 to 32 bits
     */
    public record AddressRange(long first, int prefix) {
        public AddressRange {
            Require.that(prefix >= 0 && prefix <= 32, "prefix must be 0 to 32, was %d", prefix);
        }

        /**
         * @param text text such as {@code 172.20.0.0/16}
         * @throws IllegalArgumentException if it is not such a text
         */
        public static AddressRange parse(String text) {
            var parts = text.split("[./]", -1);
            Require.that(parts.length == 5, "a range must be like 172.20.0.0/16, was '%s'", text);
            long first = 0;
            for (var i = 0; i < 4; i++) {
                first = (first << 8) | Integer.parseInt(parts[i]);
            }
            return new AddressRange(first, Integer.parseInt(parts[4]));
        }

        boolean contains(long address) {
            var host = 32 - prefix;
            return address >> host == first >> host;
        }
    }

    /**
     * Returns what the address is if it must not be reached, such as "a loopback address". Empty if
     * it may be reached.
     *
     * @param address 4 or 16 bytes. An IPv6 address that contains an IPv4 address is judged by both
     */
    public Optional<String> objection(byte[] address) {
        return switch (address.length) {
            case 4 -> ofIpv4(number(address, 0));
            case 16 -> ofIpv6(address);
            default -> Optional.of("no IP address");
        };
    }

    private Optional<String> ofIpv4(long address) {
        if (ours.stream().anyMatch(range -> range.contains(address))) {
            return Optional.of("an address of a network on this machine");
        }
        return name(NEVER, address)
                .or(() -> privateRanges ? Optional.empty() : name(PRIVATE, address));
    }

    private static Optional<String> name(List<Named> ranges, long address) {
        return ranges.stream()
                .filter(named -> named.range.contains(address))
                .map(Named::what)
                .findFirst();
    }

    private Optional<String> ofIpv6(byte[] address) {
        if (zeros(address, 16)) {
            return Optional.of("an unspecified address");
        }
        if (zeros(address, 15) && address[15] == 1) {
            return Optional.of("a loopback address");
        }
        var head = ((address[0] & 0xff) << 8) | (address[1] & 0xff);
        if ((head & 0xffc0) == 0xfe80) {
            return Optional.of("a link-local address");
        }
        if ((head & 0xff00) == 0xff00) {
            return Optional.of("a multicast address");
        }
        if (!privateRanges && ((head & 0xfe00) == 0xfc00 || (head & 0xffc0) == 0xfec0)) {
            return Optional.of("a private address");
        }
        return inside(address, head);
    }

    /**
     * Judges the IPv4 address that an IPv6 address contains: mapped (::ffff:a.b.c.d), compatible
     * (::a.b.c.d), translated (64:ff9b::a.b.c.d) or tunnelled (2002:ab:cd::).
     */
    private Optional<String> inside(byte[] address, int head) {
        var mapped = zeros(address, 10) && (address[10] & address[11] & 0xff) == 0xff;
        var translated =
                head == 0x0064 && (address[2] & 0xff) == 0xff && (address[3] & 0xff) == 0x9b;
        if (mapped || translated || zeros(address, 12)) {
            return ofIpv4(number(address, 12));
        }
        return head == 0x2002 ? ofIpv4(number(address, 2)) : Optional.empty();
    }

    private static boolean zeros(byte[] address, int bytes) {
        for (var i = 0; i < bytes; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static long number(byte[] address, int from) {
        long number = 0;
        for (var i = from; i < from + 4; i++) {
            number = (number << 8) | (address[i] & 0xff);
        }
        return number;
    }

    private static Named named(String range, String what) {
        return new Named(AddressRange.parse(range), what);
    }
}
