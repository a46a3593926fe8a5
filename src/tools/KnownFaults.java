import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;

/**
 * Asks OSV about every library of a bill of materials, and about those that say in the jar that they
 * are there: some come inside of others, and no bill has them. See the script beside it.
 */
final class KnownFaults {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OSV = System.getenv().getOrDefault("OSV_URL", "https://api.osv.dev");

    private KnownFaults() {}

    public static void main(String[] arguments) throws Exception {
        var libraries = listed(Path.of(arguments[0]));
        libraries.addAll(inside(Path.of(arguments[1])));
        JsonNode results;
        try {
            results = ask(List.copyOf(libraries));
        } catch (IOException silent) {
            System.err.printf("Nothing was checked: %s does not answer (%s)%n", OSV, silent);
            System.exit(2);
            return;
        }
        System.exit(tell(List.copyOf(libraries), results) ? 1 : 0);
    }

    private static SortedSet<String> listed(Path bill) throws IOException {
        var libraries = new TreeSet<String>();
        for (var component : JSON.readTree(bill.toFile()).path("components")) {
            // without a qualifier such as ?type=jar, which OSV does not know
            libraries.add(component.path("purl").asText().replaceFirst("\\?.*", ""));
        }
        return libraries;
    }

    private static SortedSet<String> inside(Path jar) throws IOException {
        var libraries = new TreeSet<String>();
        try (var file = new JarFile(jar.toFile())) {
            for (var entry : file.stream().toList()) {
                if (entry.getName().matches("META-INF/maven/.*/pom.properties")) {
                    var names = new Properties();
                    names.load(file.getInputStream(entry));
                    libraries.add(
                            "pkg:maven/%s/%s@%s"
                                    .formatted(
                                            names.getProperty("groupId"),
                                            names.getProperty("artifactId"),
                                            names.getProperty("version")));
                }
            }
        }
        libraries.removeIf(library -> library.startsWith("pkg:maven/io.autoserve/"));
        return libraries;
    }

    /** Answers come in the order of the questions. */
    private static JsonNode ask(List<String> libraries) throws IOException, InterruptedException {
        var questions = JSON.createObjectNode();
        var queries = questions.putArray("queries");
        libraries.forEach(it -> queries.addObject().putObject("package").put("purl", it));
        var request =
                HttpRequest.newBuilder(URI.create(OSV + "/v1/querybatch"))
                        .timeout(Duration.ofSeconds(60))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(questions.toString()))
                        .build();
        try (var client = HttpClient.newHttpClient()) {
            var answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            var results = JSON.readTree(answer.body()).path("results");
            if (results.size() != libraries.size()) {
                throw new IOException(
                        "%d answers to %d questions".formatted(results.size(), libraries.size()));
            }
            return results;
        }
    }

    private static boolean tell(List<String> libraries, JsonNode results) {
        var faulty = 0;
        for (var index = 0; index < libraries.size(); index++) {
            var faults = results.get(index).path("vulns");
            for (var fault : faults) {
                System.out.printf(
                        "%s  https://osv.dev/%s%n",
                        libraries.get(index), fault.path("id").asText());
            }
            faulty += faults.isEmpty() ? 0 : 1;
        }
        System.out.printf(
                "Asked about %d libraries; of %d of them, faults are known.%n",
                libraries.size(), faulty);
        return faulty > 0;
    }
}
