import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Asks OSV about every library of a bill of materials, and about those that say in the jar that they
 * are there: some come inside of others, and no bill has them. Writes what OSV reports into the list
 * that comes with AutoServe. See the script beside it.
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
        try {
            renew(Path.of(arguments[2]), List.copyOf(libraries), results);
        } catch (IOException silent) {
            System.err.printf("The list was not renewed: %s%n", silent);
        }
        System.exit(tell(List.copyOf(libraries), results) ? 1 : 0);
    }

    /**
     * Adds what OSV reports to the list that comes with AutoServe, so that the offline checks know
     * it too. Keeps the other entries.
     */
    private static void renew(Path list, List<String> libraries, JsonNode results)
            throws IOException, InterruptedException {
        var json = (ObjectNode) JSON.readTree(list.toFile());
        var faults = new TreeSet<String>();
        json.path("faults").forEach(fault -> faults.add(fault.toString()));
        for (var index = 0; index < libraries.size(); index++) {
            var name = libraries.get(index).replaceFirst("pkg:maven/(.+)/(.+)@.*", "$1:$2");
            for (var fault : results.get(index).path("vulns")) {
                faults.addAll(entries(name, fault.path("id").asText()));
            }
        }
        var text = new StringBuilder("{\n  \"about\": [\n");
        text.append(lines(json.path("about"))).append("\n  ],\n  \"faults\": [\n");
        text.append(lines(faults)).append("\n  ]\n}\n");
        Files.writeString(list, text);
    }

    private static String lines(Iterable<?> entries) {
        return StreamSupport.stream(entries.spliterator(), false)
                .map(entry -> "    " + entry)
                .collect(Collectors.joining(",\n"));
    }

    /** Returns an entry for each range of versions that have the vulnerability. */
    private static List<String> entries(String library, String id)
            throws IOException, InterruptedException {
        var entries = new ArrayList<String>();
        var report = send(HttpRequest.newBuilder(URI.create(OSV + "/v1/vulns/" + id)).GET());
        for (var affected : report.path("affected")) {
            if (!affected.at("/package/name").asText().equals(library)) {
                continue;
            }
            for (var range : affected.path("ranges")) {
                var from = "0";
                for (var event : range.path("events")) {
                    from = event.path("introduced").asText(from);
                    var below = event.path("fixed").asText();
                    var through = event.path("last_affected").asText();
                    if (!below.isEmpty() || !through.isEmpty()) {
                        entries.add(entry(library, from, below, through, id));
                    }
                }
            }
        }
        return entries;
    }

    private static String entry(
            String library, String from, String below, String through, String id) {
        var entry = JSON.createObjectNode().put("library", library);
        if (!from.equals("0")) {
            entry.put("from", from);
        }
        entry.put(below.isEmpty() ? "through" : "below", below.isEmpty() ? through : below);
        return entry.put("id", id).toString();
    }

    private static JsonNode send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        try (var client = HttpClient.newHttpClient()) {
            var answer =
                    client.send(
                            request.timeout(Duration.ofSeconds(60)).build(),
                            BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("status " + answer.statusCode());
            }
            return JSON.readTree(answer.body());
        }
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
        var results =
                send(
                                HttpRequest.newBuilder(URI.create(OSV + "/v1/querybatch"))
                                        .header("Content-Type", "application/json")
                                        .POST(BodyPublishers.ofString(questions.toString())))
                        .path("results");
        if (results.size() != libraries.size()) {
            throw new IOException(
                    "%d answers to %d questions".formatted(results.size(), libraries.size()));
        }
        return results;
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
