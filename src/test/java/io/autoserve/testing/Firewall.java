package io.autoserve.testing;

import java.io.UncheckedIOException;
import java.util.stream.Stream;

/** Drops packets to a port of this machine, so that nobody acknowledges them. Needs root. */
public final class Firewall implements AutoCloseable {
    private final String port;

    private Firewall(int port) {
        this.port = Integer.toString(port);
        rule("--insert");
    }

    /** Returns whether iptables is installed and this process may use it. */
    public static boolean isOurs() {
        try {
            iptables("--list", "INPUT");
            return true;
        } catch (IllegalStateException | UncheckedIOException notOurs) {
            return false;
        }
    }

    public static Firewall before(int port) {
        return new Firewall(port);
    }

    private void rule(String what) {
        iptables(what, "INPUT", "-i", "lo", "-p", "tcp", "--dport", port, "-j", "DROP");
    }

    private static void iptables(String... arguments) {
        var options = Stream.concat(Stream.of("--wait", "5"), Stream.of(arguments));
        HostCommand.here().run("iptables", options.toArray(String[]::new));
    }

    @Override
    public void close() {
        rule("--delete");
    }
}
