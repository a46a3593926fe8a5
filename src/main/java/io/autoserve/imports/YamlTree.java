package io.autoserve.imports;

import io.autoserve.imports.YamlValue.Mapping;
import io.autoserve.imports.YamlValue.Scalar;
import io.autoserve.imports.YamlValue.Sequence;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads YAML with its lines. It follows aliases and merges, with a limit on what they expand to.
 */
final class YamlTree {
    private static final int LONGEST = 1 << 20;
    private static final int DEEPEST = 50;
    private static final int MOST_VALUES = 100_000;

    private int values;

    private YamlTree() {}

    /**
     * @throws UnreadableFile if the text is not a mapping in YAML, or is too large
     */
    static Mapping read(String text) {
        var limits = new LoaderOptions();
        limits.setCodePointLimit(LONGEST);
        limits.setNestingDepthLimit(DEEPEST);
        limits.setMaxAliasesForCollections(MOST_VALUES);
        try {
            if (new Yaml(limits).compose(new StringReader(text)) instanceof MappingNode root) {
                return new YamlTree().mapping(root, lineOf(root), 0);
            }
        } catch (MarkedYAMLException e) {
            var mark = e.getProblemMark();
            throw new UnreadableFile(
                    mark == null ? 1 : mark.getLine() + 1, "this is not YAML: " + e.getProblem());
        } catch (YAMLException e) {
            throw new UnreadableFile("the file is not YAML: " + e.getMessage());
        }
        throw new UnreadableFile("the file must have fields, such as 'services:'");
    }

    private YamlValue value(Node node, int line, int depth) {
        values++;
        if (values > MOST_VALUES || depth > DEEPEST) {
            throw new UnreadableFile(
                    line,
                    "with its aliases, the file has more than %d values or %d levels"
                            .formatted(MOST_VALUES, DEEPEST));
        }
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, line, depth);
            case SequenceNode sequence -> sequence(sequence, line, depth);
            case ScalarNode scalar ->
                    new Scalar(scalar.getValue(), scalar.getTag().equals(Tag.NULL), line);
            default -> throw new UnreadableFile(line, "this value cannot be read");
        };
    }

    private Sequence sequence(SequenceNode node, int line, int depth) {
        var items = new ArrayList<YamlValue>();
        for (var item : node.getValue()) {
            items.add(value(item, Math.max(line, lineOf(item)), depth + 1));
        }
        return new Sequence(items, line);
    }

    /** Reads a mapping. Its own fields win over merged ones, and earlier merges over later ones. */
    private Mapping mapping(MappingNode node, int line, int depth) {
        var fields = new LinkedHashMap<String, YamlValue>();
        var merged = new ArrayList<Mapping>();
        for (var field : node.getValue()) {
            var at = lineOf(field.getKeyNode());
            var value = value(field.getValueNode(), at, depth + 1);
            if (!(field.getKeyNode() instanceof ScalarNode key)) {
                throw new UnreadableFile(at, "the name of a field must be a text");
            }
            if (key.getTag().equals(Tag.MERGE)) {
                merged.addAll(merges(value));
            } else if (fields.containsKey(key.getValue())) {
                throw new UnreadableFile(
                        at, "%s is given twice: keep one".formatted(key.getValue()));
            } else {
                fields.put(key.getValue(), value);
            }
        }
        merged.forEach(mapping -> mapping.fields().forEach(fields::putIfAbsent));
        return new Mapping(fields, line);
    }

    private static List<Mapping> merges(YamlValue value) {
        return value.each()
                .map(one -> {
                    if (one instanceof Mapping mapping) {
                        return mapping;
                    }
                    throw new UnreadableFile(one.line(), "only a mapping can be merged with '<<'");
                })
                .toList();
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }
}
