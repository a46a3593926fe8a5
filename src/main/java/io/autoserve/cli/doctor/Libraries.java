package io.autoserve.cli.doctor;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.regex.Pattern;

/**
 * Lists the libraries of a class path. Most libraries name themselves in a file that Maven puts
 * into their jar. Those that do not are known by the path of their jar in Maven's repository, and
 * not at all if they are packed into another jar.
 */
final class Libraries {
    private static final Pattern PROPERTIES =
            Pattern.compile("META-INF/maven/[^/]+/[^/]+/pom\\.properties");
    private static final Pattern IN_REPOSITORY =
            Pattern.compile(".*/repository/(.+)/([^/]+)/([^/]+)/\\2-\\3(-[^/]+)?\\.jar");

    private Libraries() {}

    /**
     * @param name {@code group:artifact}
     */
    record Library(String name, String version) {}

    /** Returns the libraries, sorted by name. Files that are not jars are left out. */
    static List<Library> of(String classPath) {
        var found = new TreeMap<String, Library>();
        for (var entry : classPath.split(Pattern.quote(File.pathSeparator), -1)) {
            if (entry.endsWith(".jar")) {
                in(entry).forEach(library -> found.put(library.toString(), library));
            }
        }
        return List.copyOf(found.values());
    }

    private static List<Library> in(String path) {
        var libraries = new ArrayList<Library>();
        var stored = IN_REPOSITORY.matcher(path);
        if (stored.matches()) {
            libraries.add(
                    new Library(
                            stored.group(1).replace('/', '.') + ":" + stored.group(2),
                            stored.group(3)));
        }
        try (var jar = new JarFile(path)) {
            for (var entry : jar.stream().toList()) {
                if (PROPERTIES.matcher(entry.getName()).matches()) {
                    var properties = new Properties();
                    properties.load(jar.getInputStream(entry));
                    libraries.add(
                            new Library(
                                    "%s:%s"
                                            .formatted(
                                                    properties.getProperty("groupId"),
                                                    properties.getProperty("artifactId")),
                                    properties.getProperty("version", "")));
                }
            }
        } catch (IOException unreadable) {
            return libraries;
        }
        return libraries;
    }
}
