package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.TextNode;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Replaces variables in the values of a spec, as Compose does. Each value stays one value, whatever
 * the variable contains, and all other text stays as it is. So do the numbers of the lines.
 */
public final class SpecVariables {
    /** Text that is the same value with and without quotes, or a number, a flag or nothing. */
    private static final Pattern PLAIN =
            Pattern.compile("[A-Za-z0-9_./+]([A-Za-z0-9_./@+:-]*[A-Za-z0-9_./@+-])?|-[0-9.]+");

    private static final Pattern PROPERTIES = Pattern.compile("([&!]\\S*\\s+){0,2}");

    private final String text;
    private final Interpolation interpolation;
    private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final TreeMap<Integer, Edit> edits = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /**
     * A variable that has no value.
     *
     * @param line from 1
     */
    public record Problem(int line, String message) {}

    /**
     * @param problems the variables that have no value, in the order of the text
     */
    public record Replaced(String text, List<Problem> problems) {
        public Replaced {
            problems = List.copyOf(problems);
        }
    }

    private record Edit(int end, String text) {}

    private SpecVariables(String text, Map<String, String> variables) {
        this.text = text;
        this.interpolation = new Interpolation(variables);
    }

    /**
     * Replaces the variables of a spec, or of several in one text. A text that is no YAML stays as
     * it is, because its reader reports what is wrong.
     *
     * @throws UnreadableFile if the values make the text far too long
     */
    public static Replaced replace(String text, Map<String, String> variables) {
        var plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        var replacement = new SpecVariables(plain, variables);
        var options = new LoaderOptions();
        options.setMaxAliasesForCollections(Integer.MAX_VALUE); // an alias copies nothing here
        try {
            new Yaml(options)
                    .composeAll(new StringReader(withoutTabs(plain)))
                    .forEach(replacement::visit);
        } catch (YAMLException _) {
            return new Replaced(text, List.of());
        }
        return new Replaced(replacement.edited(), replacement.problems);
    }

    /** JSON may be indented by tabs, which YAML does not permit. Strings of JSON have no tabs. */
    private static String withoutTabs(String text) {
        return text.stripLeading().startsWith("{") ? text.replace('\t', ' ') : text;
    }

    private void visit(Node node) {
        if (!seen.add(node)) {
            return; // an alias
        }
        switch (node) {
            case MappingNode mapping ->
                    mapping.getValue().forEach(field -> visit(field.getValueNode()));
            case SequenceNode sequence -> sequence.getValue().forEach(this::visit);
            case ScalarNode scalar when scalar.getValue().contains("$") -> replace(scalar);
            default -> {}
        }
    }

    /** The marks of the parser count characters, and a string counts units of UTF-16. */
    private void replace(ScalarNode scalar) {
        var line = scalar.getStartMark().getLine() + 1;
        var value =
                interpolation.replace(
                        scalar.getValue(),
                        problem -> problems.add(new Problem(line, cause(problem))));
        if (value.equals(scalar.getValue())) {
            return;
        }
        var start = text.offsetByCodePoints(0, scalar.getStartMark().getIndex());
        var end = text.offsetByCodePoints(0, scalar.getEndMark().getIndex());
        var properties = PROPERTIES.matcher(text).region(start, end);
        var from = properties.lookingAt() ? properties.end() : start;
        var written =
                scalar.isPlain() && PLAIN.matcher(value).matches()
                        ? value
                        : TextNode.valueOf(value).toString();
        var breaks = text.substring(from, end).chars().filter(c -> c == '\n').count();
        edits.put(from, new Edit(end, written + "\n".repeat((int) breaks)));
    }

    /** Returns a problem without what an import makes of it, because such a spec is refused. */
    private static String cause(String problem) {
        return problem.substring(0, problem.lastIndexOf(": "));
    }

    private String edited() {
        var result = new StringBuilder();
        var at = 0;
        for (var edit : edits.entrySet()) {
            result.append(text, at, edit.getKey()).append(edit.getValue().text());
            at = edit.getValue().end();
        }
        return result.append(text, at, text.length()).toString();
    }
}
