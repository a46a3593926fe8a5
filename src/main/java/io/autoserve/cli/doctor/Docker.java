package io.autoserve.cli.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.doctor.Commands.Said;
import io.autoserve.cli.doctor.Facts.Engine;
import io.autoserve.cli.doctor.Facts.Unlimited;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Queries Docker through the docker CLI, with the permissions of the user who runs doctor. */
final class Docker {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PUBLISHED = Pattern.compile(":(\\d+)->");
    private static final String PROJECT = "com.docker.compose.project=";
    private static final String INSTALLATION = "autoserve.installation=";
    private static final List<String> OF_APPS = List.of("autoserve.instance=", "autoserve.task=");

    private final Commands commands;
    private final String socket;
    private final JsonNode info;
    private final Optional<Said> said;

    /**
     * @param labels the labels as {@code name=value}
     * @param ports the ports of this machine that lead to the container
     * @param published the same ports with their addresses, as Docker prints them
     */
    record Container(
            String name,
            String status,
            boolean runs,
            Set<String> labels,
            Set<Integer> ports,
            String published) {

        /** Returns whether the container belongs to the platform itself and not to an app. */
        boolean partOf(String installation) {
            return !isOfApp()
                    && (labels.contains(INSTALLATION + installation) || composedBy(installation));
        }

        /** Returns whether the container runs an instance or a task of an app. */
        boolean isOfApp() {
            return labels.stream().anyMatch(label -> OF_APPS.stream().anyMatch(label::startsWith));
        }

        boolean composedBy(String installation) {
            return labels.contains(PROJECT + installation);
        }
    }

    /**
     * @param socket the address of the Docker Engine; if empty, the docker CLI uses its own setting
     */
    Docker(Commands commands, String socket) {
        this.commands = commands;
        this.socket = socket;
        this.said = run("info", "--format", "{{json .}}");
        this.info = said.map(it -> tree(it.text())).orElse(JSON.missingNode());
    }

    Engine engine() {
        if (answers()) {
            return new Engine.Running(
                    info.path("ServerVersion").asText(),
                    info.path("CgroupVersion").asText("1"),
                    info.path("Driver").asText());
        }
        return said.<Engine>map(it ->
                        it.text().contains("permission denied")
                                ? new Engine.NotAllowed()
                                : new Engine.Silent(reason(it.text())))
                .orElseGet(Engine.NotInstalled::new);
    }

    /**
     * Returns whether the Docker Engine answered. The exit code is no proof, because the CLI
     * succeeds even if only its client part answered.
     */
    private boolean answers() {
        return !info.path("ServerVersion").asText("").isEmpty();
    }

    private String reason(String text) {
        var errors = info.path("ServerErrors");
        var sentence = errors.isEmpty() ? text : errors.path(0).asText();
        return sentence.lines().reduce((_, last) -> last).orElse("no reason is given");
    }

    Optional<Path> root() {
        return answers()
                ? Optional.of(Path.of(info.path("DockerRootDir").asText("/var/lib/docker")))
                : Optional.empty();
    }

    List<Container> containers() {
        return answers()
                ? run("ps", "--all", "--no-trunc", "--format", "{{json .}}").stream()
                        .filter(Said::succeeded)
                        .flatMap(it -> it.text().lines())
                        .map(line -> container(tree(line)))
                        .toList()
                : List.of();
    }

    private static Container container(JsonNode json) {
        var status = json.path("Status").asText();
        return new Container(
                json.path("Names").asText(),
                status,
                status.startsWith("Up") && !status.contains("unhealthy"),
                Set.of(json.path("Labels").asText().split(",")).stream()
                        .collect(Collectors.toUnmodifiableSet()),
                PUBLISHED
                        .matcher(json.path("Ports").asText())
                        .results()
                        .map(port -> Integer.valueOf(port.group(1)))
                        .collect(Collectors.toUnmodifiableSet()),
                json.path("Ports").asText());
    }

    /** Returns the running containers of apps that have no CPU limit, the busiest first. */
    List<Unlimited> unlimited() {
        var unlimited =
                unlimitedOf(
                        containers().stream()
                                .filter(it -> it.runs() && it.isOfApp())
                                .map(Container::name)
                                .toList());
        var shares = shares(unlimited);
        return unlimited.stream()
                .map(name -> new Unlimited(name, shares.getOrDefault(name, "?")))
                .sorted(Comparator.comparingDouble(Docker::percent).reversed())
                .toList();
    }

    private List<String> unlimitedOf(List<String> instances) {
        return words(instances, "inspect", "--format", "{{.HostConfig.NanoCpus}} {{.Name}}")
                .filter(it -> it[0].equals("0"))
                .map(it -> it[1].replace("/", ""))
                .toList();
    }

    /** Docker measures for two seconds. */
    private Map<String, String> shares(List<String> instances) {
        return words(instances, "stats", "--no-stream", "--format", "{{.CPUPerc}} {{.Name}}")
                .collect(Collectors.toMap(it -> it[1], it -> it[0], (one, _) -> one));
    }

    /**
     * Returns the two words of each line that the command prints for the containers. Docker prints
     * errors about other containers that have just ended.
     */
    private Stream<String[]> words(List<String> containers, String... command) {
        return containers.isEmpty()
                ? Stream.empty()
                : run(Stream.concat(Stream.of(command), containers.stream()).toArray(String[]::new))
                        .stream()
                        .flatMap(it -> it.text().lines())
                        .map(line -> line.split(" ", -1))
                        .filter(it -> it.length == 2);
    }

    private static double percent(Unlimited instance) {
        return instance.share().matches("[0-9.]+%")
                ? Double.parseDouble(instance.share().replace("%", ""))
                : 0;
    }

    boolean hasImage(String name) {
        return run("image", "inspect", "--format", "{{.Id}}", name)
                .filter(Said::succeeded)
                .isPresent();
    }

    /** Returns when the image was built, or empty if Docker does not have it. */
    Optional<Instant> created(String image) {
        try {
            return run("image", "inspect", "--format", "{{json .Created}}", image)
                    .filter(Said::succeeded)
                    .map(it ->
                            OffsetDateTime.parse(it.text().strip().replace("\"", "")).toInstant());
        } catch (DateTimeException notDocker) {
            return Optional.empty();
        }
    }

    /** Returns the container's environment, as {@code NAME=value}. */
    Set<String> environment(String container) {
        return run("inspect", "--format", "{{range .Config.Env}}{{println .}}{{end}}", container)
                .filter(Said::succeeded)
                .map(it -> it.text().lines().collect(Collectors.toUnmodifiableSet()))
                .orElse(Set.of());
    }

    /** Runs the script with bash in the container and returns its output, if it succeeds. */
    Optional<String> output(String container, String script) {
        return run("exec", container, "bash", "-c", script).filter(Said::succeeded).map(Said::text);
    }

    private Optional<Said> run(String... arguments) {
        var command = new ArrayList<>(List.of("docker"));
        if (!socket.isEmpty()) {
            command.addAll(List.of("--host", socket));
        }
        Stream.of(arguments).forEach(command::add);
        return commands.run(command.toArray(String[]::new));
    }

    /** Parses JSON. The CLI may print warnings before it. */
    private static JsonNode tree(String text) {
        try {
            return JSON.readTree(text.substring(Math.max(0, text.indexOf('{'))));
        } catch (JsonProcessingException notJson) {
            return JSON.missingNode();
        }
    }
}
