package io.autoserve.spec;

import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Replaces the image in the text of a spec. All other text stays, comments included. */
public final class ImageText {
    private static final List<String> PLACE = List.of("spec", "image");

    private ImageText() {}

    /**
     * Returns the text with another image, or empty if the text names its image in no way that can
     * be replaced. JSON is valid YAML, so the text may be either.
     *
     * @param image an image reference, without quotes and backslashes
     */
    public static Optional<String> replaced(String text, String image) {
        var plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        try {
            var node = at(new Yaml(new LoaderOptions()).compose(new StringReader(plain)));
            return Optional.ofNullable(node).map(found -> replaced(plain, found, image));
        } catch (YAMLException _) {
            return Optional.empty();
        }
    }

    private static @Nullable ScalarNode at(@Nullable Node root) {
        var node = root;
        for (var name : PLACE) {
            node = node instanceof MappingNode mapping ? field(mapping, name) : null;
        }
        // An anchor cannot be replaced, because an alias may need it.
        return node instanceof ScalarNode scalar && scalar.getAnchor() == null ? scalar : null;
    }

    private static @Nullable Node field(MappingNode mapping, String name) {
        return mapping.getValue().stream()
                .filter(field ->
                        field.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name))
                .map(field -> field.getValueNode())
                .findFirst()
                .orElse(null);
    }

    /** The marks of the parser count characters, and a string counts units of UTF-16. */
    private static String replaced(String text, ScalarNode found, String image) {
        var begin = text.offsetByCodePoints(0, found.getStartMark().getIndex());
        var end = text.offsetByCodePoints(0, found.getEndMark().getIndex());
        return text.substring(0, begin) + '"' + image + '"' + text.substring(end);
    }
}
