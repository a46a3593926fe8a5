package io.autoserve.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

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
        var command = new ArrayList<>(List.of("iptables", "--wait", "5"));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var said = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        rule("--delete");
    }
}
