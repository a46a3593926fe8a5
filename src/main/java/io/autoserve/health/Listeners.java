package io.autoserve.health;

import static java.util.stream.Collectors.joining;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The addresses on which the programs of a container accept TCP connections, as Linux lists them in
 * {@code /proc/net/tcp}.
 *
 * @param sockets empty if nothing listens
 * @param known whether the container could be asked
 */
record Listeners(List<InetSocketAddress> sockets, boolean known) {
    /** Prints the lists for IPv4 and IPv6. Most images have this command, even without a shell. */
    static final List<String> COMMAND = List.of("cat", "/proc/net/tcp", "/proc/net/tcp6");

    /** The listeners of a container that cannot be asked, for example without the command. */
    static final Listeners UNKNOWN = new Listeners(List.of(), false);

    private static final int MOST_NAMED = 5;
    private static final String HEADING = "local_address";

    /** Docker's own name server, which listens in each container. */
    private static final String DOCKER = "127.0.0.11";

    /** A line with the local address and port in hexadecimal digits and the state 0A, LISTEN. */
    private static final Pattern LISTENING =
            Pattern.compile(
                    " *[0-9]+: ((?:[0-9A-F]{8}){1,4}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A .*");

    Listeners {
        sockets = List.copyOf(sockets);
    }

    /**
     * @param printed what {@link #COMMAND} printed, which an image may have made up
     */
    static Listeners of(String printed) {
        var sockets =
                printed.lines()
                        .map(LISTENING::matcher)
                        .filter(Matcher::matches)
                        .flatMap(it -> socket(it.group(1), it.group(2)).stream())
                        .filter(it -> !it.getAddress().getHostAddress().equals(DOCKER))
                        .distinct()
                        .toList();
        return new Listeners(sockets, printed.contains(HEADING));
    }

    /** The kernel prints each word of the address in the byte order of the machine. */
    private static Optional<InetSocketAddress> socket(String address, String port) {
        var bytes = ByteBuffer.allocate(address.length() / 2).order(ByteOrder.nativeOrder());
        for (var word = 0; word < address.length(); word += 8) {
            bytes.putInt(Integer.parseUnsignedInt(address, word, word + 8, 16));
        }
        try {
            return Optional.of(
                    new InetSocketAddress(
                            InetAddress.getByAddress(bytes.array()), Integer.parseInt(port, 16)));
        } catch (UnknownHostException noAddress) {
            return Optional.empty();
        }
    }

    /**
     * Returns a clause about where the container listens instead of on this port. Returns an empty
     * text if the container has begun to listen on the port in the meantime.
     */
    String insteadOf(int port) {
        if (!known) {
            return "; check which port the app uses, and that it listens on 0.0.0.0";
        }
        Predicate<InetSocketAddress> onPort = it -> it.getPort() == port;
        if (sockets.stream().anyMatch(onPort.and(it -> !isLoopback(it)))) {
            return "";
        }
        if (sockets.isEmpty()) {
            return "; the container listens on no port";
        }
        return sockets.stream().anyMatch(onPort)
                ? "; the container listens on %s, which only the container itself can reach: let it listen on 0.0.0.0"
                        .formatted(named(onPort))
                : "; the container listens on %s: change the port in the spec or in the container"
                        .formatted(named(_ -> true));
    }

    private static boolean isLoopback(InetSocketAddress socket) {
        return socket.getAddress().isLoopbackAddress();
    }

    private String named(Predicate<InetSocketAddress> which) {
        return sockets.stream()
                .filter(which)
                .map(Listeners::name)
                .distinct()
                .limit(MOST_NAMED)
                .collect(joining(", "));
    }

    private static String name(InetSocketAddress socket) {
        var address = socket.getAddress();
        if (address.isAnyLocalAddress()) {
            return "port " + socket.getPort();
        }
        var host =
                address instanceof Inet6Address
                        ? address.isLoopbackAddress()
                                ? "[::1]"
                                : "[" + address.getHostAddress() + "]"
                        : address.getHostAddress();
        return host + ":" + socket.getPort();
    }
}
