package io.autoserve.imports;

import io.autoserve.imports.DockerfileText.Instruction;
import io.autoserve.imports.YamlValue.Mapping;
import io.autoserve.imports.YamlValue.Scalar;
import io.autoserve.imports.YamlValue.Sequence;
import io.autoserve.spec.SpecReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Converts a Dockerfile to a spec. AutoServe takes the user, the variables, the command and the
 * health check from the image itself, so the spec needs only the ports and the volumes.
 *
 * @see <a href="https://docs.docker.com/reference/dockerfile/">Docker's reference</a>
 */
public final class Dockerfile {
    private static final String USUAL_PORT = "8080";

    private final Map<String, Stage> stages = new HashMap<>();
    private final Map<String, String> arguments = new HashMap<>();
    private final Remarks remarks = new Remarks();
    private @Nullable Stage last;

    /** The settings of a stage of the build, with those that it inherits from the stage below. */
    private static final class Stage {
        private final int line;
        private final Map<String, String> variables;
        private final Map<String, String> environment = new HashMap<>();
        private final List<YamlValue> ports = new ArrayList<>();
        private final List<YamlValue> volumes = new ArrayList<>();
        private boolean checked;

        Stage(int line, Map<String, String> variables) {
            this.line = line;
            this.variables = new HashMap<>(variables);
        }

        void inherit(Stage below) {
            environment.putAll(below.environment);
            variables.putAll(below.environment);
            ports.addAll(below.ports);
            volumes.addAll(below.volumes);
            checked = below.checked;
        }
    }

    private Dockerfile() {}

    /**
     * @param app the name of the app
     * @param image the name that the built image will have
     * @param reader checks whether the spec can be applied
     * @throws UnreadableFile if the text is not a Dockerfile
     */
    public static Conversion convert(String text, String app, String image, SpecReader reader) {
        var file = new Dockerfile();
        DockerfileText.instructions(text).forEach(file::read);
        return file.conversion(app, image, reader);
    }

    private void read(Instruction instruction) {
        var stage = last;
        if (instruction.name().equals("FROM")) {
            from(instruction);
        } else if (stage != null) {
            within(stage, instruction);
        } else if (instruction.name().equals("ARG")) {
            arguments.putAll(pairs(instruction, new Interpolation(arguments)));
        } else {
            throw new UnreadableFile(
                    instruction.line(),
                    "a Dockerfile must begin with FROM, was '%s'".formatted(instruction.name()));
        }
    }

    /** Reads {@code FROM [--platform=…] IMAGE [AS NAME]}. */
    private void from(Instruction instruction) {
        var words =
                ShellWords.of(instruction.text()).stream()
                        .filter(word -> !word.startsWith("--"))
                        .toList();
        var stage = new Stage(instruction.line(), Map.of());
        if (!words.isEmpty()) {
            var below = stages.get(words.getFirst().toLowerCase(Locale.ROOT));
            if (below != null) {
                stage.inherit(below);
            }
        }
        if (words.size() == 3 && words.get(1).equalsIgnoreCase("AS")) {
            stages.put(words.get(2).toLowerCase(Locale.ROOT), stage);
        }
        last = stage;
    }

    private void within(Stage stage, Instruction instruction) {
        var interpolation = new Interpolation(stage.variables);
        switch (instruction.name()) {
            case "ARG" -> {
                stage.variables.putAll(pairs(instruction, interpolation));
                inherited(instruction)
                        .ifPresent(name ->
                                stage.variables.put(name, arguments.getOrDefault(name, "")));
            }
            case "ENV" -> {
                var pairs = pairs(instruction, interpolation);
                stage.environment.putAll(pairs);
                stage.variables.putAll(pairs);
            }
            case "EXPOSE" -> stage.ports.addAll(words(instruction, interpolation));
            case "VOLUME" -> stage.volumes.addAll(words(instruction, interpolation));
            case "HEALTHCHECK" ->
                    stage.checked = !instruction.text().strip().equalsIgnoreCase("NONE");
            default -> {} // the image has what the others set
        }
    }

    /** Returns the name of an argument that gets its value from above the first FROM. */
    private Optional<String> inherited(Instruction instruction) {
        return Optional.of(instruction.text().strip()).filter(arguments::containsKey);
    }

    /** Reads {@code NAME=VALUE …}, and the old form {@code NAME VALUE}. */
    private static Map<String, String> pairs(Instruction instruction, Interpolation interpolation) {
        var pairs = new LinkedHashMap<String, String>();
        var words = ShellWords.of(instruction.text());
        if (words.size() > 1 && !words.getFirst().contains("=")) {
            var value = String.join(" ", words.subList(1, words.size()));
            pairs.put(words.getFirst(), interpolation.replace(value, _ -> {}));
            return pairs;
        }
        for (var word : words) {
            var equals = word.indexOf('=');
            if (equals > 0) {
                pairs.put(
                        word.substring(0, equals),
                        interpolation.replace(word.substring(equals + 1), _ -> {}));
            }
        }
        return pairs;
    }

    /** Reads words, or a list in JSON such as {@code ["/data", "/var/log"]}. */
    private static List<YamlValue> words(Instruction instruction, Interpolation interpolation) {
        var text = interpolation.replace(instruction.text(), _ -> {});
        var plain = text.strip().startsWith("[") ? withoutJson(text) : text;
        return ShellWords.of(plain).stream()
                .<YamlValue>map(word -> new Scalar(word, false, instruction.line()))
                .toList();
    }

    private static String withoutJson(String list) {
        return list.replace('[', ' ').replace(']', ' ').replace(',', ' ');
    }

    private Conversion conversion(String app, String image, SpecReader reader) {
        var stage = last;
        if (stage == null) {
            throw new UnreadableFile("the file has no FROM: it must be a Dockerfile");
        }
        var service = new LinkedHashMap<String, YamlValue>();
        service.put("image", new Scalar(image, false, stage.line));
        service.put("expose", new Sequence(ports(stage), lineOf(stage.ports, stage)));
        service.put("volumes", new Sequence(stage.volumes, lineOf(stage.volumes, stage)));
        var fields = new ServiceFields(new Mapping(service, stage.line), "", remarks);
        var context =
                new ComposeContext(
                        Map.of(), _ -> Optional.empty(), UnaryOperator.identity(), false);
        var document = ComposeService.document(app, fields, context, Set.of(), Set.of());
        if (!stage.checked) {
            remarks.add(
                    stage.line,
                    "HEALTHCHECK",
                    "there is none, so an instance is ready once it listens: set"
                            + " spec.healthCheck.path if the app answers requests for its health");
        }
        return new Conversion(List.of(ImportedSpec.of(app, document, reader)), remarks.inOrder());
    }

    private List<YamlValue> ports(Stage stage) {
        if (!stage.ports.isEmpty()) {
            return List.copyOf(stage.ports);
        }
        var port = stage.environment.get("PORT");
        if (port != null) {
            return List.of(new Scalar(port, false, stage.line));
        }
        remarks.add(
                stage.line,
                "EXPOSE",
                "there is none: the spec has port %s, so write the port that the app listens on",
                USUAL_PORT);
        return List.of(new Scalar(USUAL_PORT, false, stage.line));
    }

    private static int lineOf(List<YamlValue> values, Stage stage) {
        return values.isEmpty() ? stage.line : values.getFirst().line();
    }
}
