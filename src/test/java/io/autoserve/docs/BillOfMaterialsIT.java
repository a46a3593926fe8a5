package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.autoserve.spec.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Checks the bill of materials that the build writes next to the jar. */
class BillOfMaterialsIT {
    private static final Path JAR = Path.of("target/autoserve.jar");

    /**
     * Libraries that need not be in the bill of materials, because they are packed inside the jars
     * of Netty and of Angus Mail. {@code src/tools/known-faults} finds them in the jar and checks
     * them too.
     */
    private static final List<String> INSIDE_OF_OTHERS =
            List.of(
                    "org.jctools:",
                    "org.eclipse.angus:angus-core:",
                    "org.eclipse.angus:imap:",
                    "org.eclipse.angus:logging-mailhandler:",
                    "org.eclipse.angus:pop3:",
                    "org.eclipse.angus:smtp:");

    private static final Path BILL = Path.of("target/bom.json");

    @Test
    void lists_every_library_that_is_in_the_jar() throws IOException {
        assumeThat(BILL).as("Maven writes the bill only when it is online").exists();
        var bill = Json.MAPPER.readTree(BILL.toFile()).path("components");

        var listed =
                StreamSupport.stream(bill.spliterator(), false)
                        .map(it ->
                                "%s:%s:%s"
                                        .formatted(
                                                it.path("group").asText(),
                                                it.path("name").asText(),
                                                it.path("version").asText()))
                        .toList();
        assertThat(inJar()).hasSizeGreaterThan(20);
        assertThat(inJar())
                .filteredOn(library -> INSIDE_OF_OTHERS.stream().noneMatch(library::startsWith))
                .isSubsetOf(listed);
    }

    /**
     * Returns each library that has a {@code pom.properties} in the jar. A few libraries have none.
     */
    private static List<String> inJar() throws IOException {
        var names = new ArrayList<String>();
        try (var jar = new JarFile(JAR.toFile())) {
            for (var entry : jar.stream().toList()) {
                if (entry.getName().matches("META-INF/maven/.*/pom.properties")) {
                    var properties = new Properties();
                    properties.load(jar.getInputStream(entry));
                    names.add(
                            "%s:%s:%s"
                                    .formatted(
                                            properties.getProperty("groupId"),
                                            properties.getProperty("artifactId"),
                                            properties.getProperty("version")));
                }
            }
        }
        names.removeIf(name -> name.startsWith("io.autoserve:"));
        return names;
    }
}
