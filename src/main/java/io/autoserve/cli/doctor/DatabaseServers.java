package io.autoserve.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds the addresses and credentials of the databases of a platform on this machine.
 *
 * @param folder the folder with the state of the launcher and of {@code dev}
 */
record DatabaseServers(Map<String, String> environment, Path folder) {
    /**
     * Index of the line with the port in {@code postmaster.pid}, as PostgreSQL documents the file.
     * The first line has index 0.
     */
    private static final int PORT_LINE = 3;

    /** Returns an empty list if the database does not run. */
    List<DatabaseCheck> ofDev() {
        return port(folder)
                .map(port -> new DatabaseCheck("127.0.0.1:" + port, "postgres", "", null))
                .stream()
                .toList();
    }

    static Optional<Integer> port(Path folder) {
        return text(folder.resolve("postgres").resolve("postmaster.pid"))
                .map(text -> text.lines().toList())
                .filter(lines -> lines.size() > PORT_LINE)
                .map(lines -> Integer.valueOf(lines.get(PORT_LINE).strip()));
    }

    List<DatabaseCheck> ofCluster() {
        var password =
                text(folder.resolve("secrets").resolve("postgres-autoserve"))
                        .map(String::strip)
                        .orElse("");
        return Stream.of(
                        environment.getOrDefault("AUTOSERVE_POSTGRES_PRIMARY_PORT", "5432"),
                        environment.getOrDefault("AUTOSERVE_POSTGRES_REPLICA_PORT", "5433"))
                .map(port ->
                        new DatabaseCheck(
                                "127.0.0.1:" + port,
                                "autoserve",
                                password,
                                folder.resolve("ca.crt")))
                .toList();
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }
}
