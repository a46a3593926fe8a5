package io.autoserve.cli.local;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks whether a port is free, and finds the process that has it. */
public final class LocalPorts {
    private LocalPorts() {}

    /**
     * @param option the option that chooses another port
     */
    public static void requireFree(int port, String purpose, String option) {
        if (!free(port)) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "port %d, needed for %s, is in use%s: choose another with %s"
                            .formatted(
                                    port,
                                    purpose,
                                    owner(port).map(it -> " by " + it).orElse(""),
                                    option));
        }
    }

    public static int firstFree(int from) {
        for (int port = from; port < from + 100; port++) {
            if (free(port)) {
                return port;
            }
        }
        throw CommandFailure.of(
                Exit.FAILED, "none of the ports %d to %d is free".formatted(from, from + 99));
    }

    public static boolean free(int port) {
        return bindable(port, "0.0.0.0") && bindable(port, "127.0.0.1");
    }

    private static boolean bindable(int port, String address) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
            return true;
        } catch (BindException refused) {
            // A low port that this process is not permitted to bind counts as free, because Docker
            // can publish it. If the port is in use, Docker reports that.
            return String.valueOf(refused.getMessage()).contains("Permission denied");
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Finds the process that listens on a port. Like ss, it reads the kernel's table of sockets and
     * the open files of processes.
     */
    public static Optional<String> owner(int port) {
        return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                .flatMap(table -> lines(Path.of(table)))
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > 9 && columns[3].equals("0A")) // LISTEN
                .filter(columns -> columns[1].endsWith(":%04X".formatted(port)))
                .map(columns -> "socket:[" + columns[9] + "]")
                .flatMap(LocalPorts::holders)
                .findFirst();
    }

    private static Stream<String> holders(String socket) {
        return ProcessHandle.allProcesses()
                .filter(process -> holds(process, socket))
                .map(process -> "%s (pid %d)".formatted(name(process), process.pid()));
    }

    private static boolean holds(ProcessHandle process, String socket) {
        try (var files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return files.anyMatch(file -> link(file).equals(socket));
        } catch (IOException | java.io.UncheckedIOException _) {
            return false; // the process is another user's, or it has ended
        }
    }

    private static String link(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException _) {
            return "";
        }
    }

    private static String name(ProcessHandle process) {
        return lines(Path.of("/proc/" + process.pid() + "/comm")).findFirst().orElse("a process");
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException _) {
            return Stream.empty();
        }
    }
}
