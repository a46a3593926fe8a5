package io.autoserve.net;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

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

    private static final String OURS = "an address of a network on this machine";

    public AddressPolicy {
        ours = List.copyOf(ours);
    }

    private record Named(AddressRange range, String what) {}

    /**
     * A range of IPv4 or IPv6 addresses.
     *
     * @param first an address of the range, as a number
     * @param bits length of an address, 32 or 128 bits
     * @param prefix length of the prefix, 0 to {@code bits}
     */
    public record AddressRange(BigInteger first, int bits, int prefix) {
        private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]{2,39}");
        private static final Pattern PREFIX = Pattern.compile("[0-9]{1,3}");

        public AddressRange {
            if (prefix < 0 || prefix > bits) {
                throw new IllegalArgumentException(
                        "prefix must be 0 to %d, was %d".formatted(bits, prefix));
            }
        }

        /**
         * @param text text such as {@code 172.20.0.0/16} or {@code fd00:20::/64}
         * @throws IllegalArgumentException if it is not such a text
         */
        public static AddressRange parse(String text) {
            var slash = text.indexOf('/');
            var address = slash < 0 ? Optional.<byte[]>empty() : address(text.substring(0, slash));
            var prefix = text.substring(slash + 1);
            if (address.isEmpty() || !PREFIX.matcher(prefix).matches()) {
                throw new IllegalArgumentException(
                        "a range must be like 172.20.0.0/16 or fd00:20::/64, was '%s'"
                                .formatted(text));
            }
            var bytes = address.get();
            return new AddressRange(number(bytes), 8 * bytes.length, Integer.parseInt(prefix));
        }

        /** Reads an address. Never resolves a name, and refuses short forms such as 127.1. */
        private static Optional<byte[]> address(String text) {
            if (!IPV4.matcher(text).matches() && !isIpv6(text)) {
                return Optional.empty();
            }
            try {
                return Optional.of(InetAddress.ofLiteral(text).getAddress());
            } catch (IllegalArgumentException invalid) {
                return Optional.empty();
            }
        }

        private static boolean isIpv6(String text) {
            return text.contains(":") && IPV6.matcher(text).matches();
        }

        boolean contains(byte[] address) {
            var host = bits - prefix;
            return 8 * address.length == bits
                    && number(address).shiftRight(host).equals(first.shiftRight(host));
        }

        private static BigInteger number(byte[] address) {
            return new BigInteger(1, address);
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
            case 4 -> ofIpv4(address);
            case 16 -> ofIpv6(address);
            default -> Optional.of("no IP address");
        };
    }

    private Optional<String> ofIpv4(byte[] address) {
        if (isOurs(address)) {
            return Optional.of(OURS);
        }
        return name(NEVER, address)
                .or(() -> privateRanges ? Optional.empty() : name(PRIVATE, address));
    }

    private boolean isOurs(byte[] address) {
        return ours.stream().anyMatch(range -> range.contains(address));
    }

    private static Optional<String> name(List<Named> ranges, byte[] address) {
        return ranges.stream()
                .filter(named -> named.range.contains(address))
                .map(Named::what)
                .findFirst();
    }

    private Optional<String> ofIpv6(byte[] address) {
        if (isOurs(address)) {
            return Optional.of(OURS);
        }
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
            return ofIpv4(Arrays.copyOfRange(address, 12, 16));
        }
        return head == 0x2002 ? ofIpv4(Arrays.copyOfRange(address, 2, 6)) : Optional.empty();
    }

    private static boolean zeros(byte[] address, int bytes) {
        for (var i = 0; i < bytes; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static Named named(String range, String what) {
        return new Named(AddressRange.parse(range), what);
    }
}
