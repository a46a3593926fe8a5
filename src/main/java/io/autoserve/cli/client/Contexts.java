package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.spec.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The installations that the user has logged in to, stored in {@code
 * ~/.config/autoserve/config.yaml}. Only the owner can read the file, since it contains tokens.
 *
 * @param current the name of the context that commands use if none is named; null means this
 *     machine
 */
public record Contexts(Path file, @Nullable String current, Map<String, Context> all) {
    /**
     * @param token the token for the installation; null if it needs none
     * @param ca a file with the CA of the controllers' certificate; null means a CA that Java
     *     trusts
     */
    public record Context(String url, @Nullable String token, @Nullable Path ca) {
        /** Returns the URL alone, so that the token does not get into logs. */
        @Override
        public String toString() {
            return url;
        }
    }

    public static Contexts read(Map<String, String> environment) {
        var file = file(environment);
        try {
            return Files.exists(file)
                    ? of(file, new YAMLMapper().readTree(file.toFile()))
                    : new Contexts(file, null, Map.of());
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be read: %s".formatted(file, e), e);
        }
    }

    private static Path file(Map<String, String> environment) {
        @Nullable String folder = environment.get("XDG_CONFIG_HOME");
        return (folder == null || folder.isEmpty()
                        ? Path.of(environment.getOrDefault("HOME", ".")).resolve(".config")
                        : Path.of(folder))
                .resolve("autoserve")
                .resolve("config.yaml");
    }

    private static Contexts of(Path file, JsonNode written) {
        var all = new TreeMap<String, Context>();
        written.path("contexts")
                .properties()
                .forEach(context ->
                        all.put(
                                context.getKey(),
                                new Context(
                                        context.getValue().path("url").asText(),
                                        context.getValue().path("token").textValue(),
                                        path(context.getValue().path("ca").textValue()))));
        return new Contexts(file, written.path("current").textValue(), all);
    }

    private static @Nullable Path path(@Nullable String name) {
        return name == null ? null : Path.of(name);
    }

    public Context named(String name) {
        var context = all.get(name);
        if (context == null) {
            throw CommandFailure.of(
                    Exit.NOT_FOUND,
                    ("there is no context '%s': run 'autoserve config contexts' to list all, or"
                                    + " 'autoserve login URL --name %s' to create it")
                            .formatted(name, name));
        }
        return context;
    }

    public Optional<Context> present() {
        return Optional.ofNullable(current).map(this::named);
    }

    /**
     * Returns the context with exactly this URL, so that a token is sent only to the installation
     * that it is for. If several contexts have this URL, one with a token is preferred.
     */
    public Optional<Context> at(String url) {
        return all.values().stream()
                .filter(context -> context.url.equals(url))
                .min(Comparator.comparing(context -> context.token == null));
    }

    public Contexts with(String name, Context context) {
        var more = new TreeMap<>(all);
        more.put(name, context);
        return new Contexts(file, name, more);
    }

    /**
     * @param name name of the context to use; null means this machine
     */
    public Contexts using(@Nullable String name) {
        return new Contexts(file, name, all);
    }

    public Contexts without(String name) {
        named(name);
        var fewer = new TreeMap<>(all);
        fewer.remove(name);
        return new Contexts(file, name.equals(current) ? null : current, fewer);
    }

    public void write() {
        var document = JsonNodeFactory.instance.objectNode().put("current", current);
        var contexts = document.putObject("contexts");
        all.forEach((name, context) -> {
            var written = contexts.putObject(name);
            written.put("url", context.url).put("token", context.token);
            if (context.ca != null) {
                written.put("ca", context.ca.toString());
            }
        });
        try {
            Files.createDirectories(file.getParent());
            var owner = PosixFilePermissions.fromString("rw-------");
            var staged =
                    Files.createTempFile(
                            file.getParent(),
                            "config",
                            ".new",
                            PosixFilePermissions.asFileAttribute(owner));
            Files.writeString(staged, Yaml.write(document));
            Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be written: %s".formatted(file, e), e);
        }
    }
}
