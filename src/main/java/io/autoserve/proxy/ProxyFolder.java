package io.autoserve.proxy;

import static io.autoserve.proxy.VersionedFiles.io;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The folder shared with nginx. It holds the token, the route tables and the certificates, which
 * nginx reads when it starts.
 */
final class ProxyFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final VersionedFiles tables;
    private final VersionedFiles certificates;

    ProxyFolder(Path root) {
        this.root = root;
        this.tables = new VersionedFiles(root, "table");
        this.certificates = new VersionedFiles(root, "certificates");
    }

    VersionedFiles tables() {
        return tables;
    }

    VersionedFiles certificates() {
        return certificates;
    }

    /** Removes all tables and certificates. Does nothing if the folder does not exist. */
    void clear() {
        if (Files.isDirectory(root)) {
            tables.forgetAll();
            certificates.forgetAll();
        }
    }

    /** Returns the token for nginx's admin port. Creates the token if there is none. */
    String token(RandomGenerator random) {
        return io(() -> {
            Files.createDirectories(root);
            var file = root.resolve("token");
            var bytes = new byte[32];
            random.nextBytes(bytes);
            try {
                Files.createFile(file, VersionedFiles.OWNER_ONLY);
                Files.writeString(file, HexFormat.of().formatHex(bytes));
            } catch (FileAlreadyExistsException _) {
                // nginx may have read the existing token already, so the token stays.
            }
            return Files.readString(file).strip();
        });
    }

    /**
     * Returns the routes of these apps from the newest table, by the app's name. Each route is in
     * the JSON that nginx reads.
     */
    Map<String, String> routes(Collection<String> apps) {
        var routes = new HashMap<String, String>();
        io(this::table)
                .ifPresent(table ->
                        apps.stream()
                                .filter(table.path("apps")::has)
                                .forEach(app ->
                                        routes.put(app, table.path("apps").path(app).toString())));
        return routes;
    }

    /**
     * Returns the ids of the instances in the newest table, to which nginx sends requests when it
     * starts.
     */
    Set<Long> instances() {
        var instances = new HashSet<Long>();
        io(this::table)
                .ifPresent(table -> {
                    for (var app : table.path("apps")) {
                        for (var endpoint : app.path("endpoints")) {
                            instances.add(endpoint.path("instance").asLong());
                        }
                    }
                });
        return instances;
    }

    private Optional<JsonNode> table() throws IOException {
        try {
            var newest = tables.newest();
            return newest.isEmpty()
                    ? Optional.empty()
                    : Optional.of(JSON.readTree(Files.readString(newest.get().file())));
        } catch (NoSuchFileException replaced) {
            return table();
        }
    }
}
