package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * An object in a spec document, together with its schema. If the document does not set a field, the
 * methods return the field's default.
 */
record Fields(JsonNode node, Shape shape, String pointer) {

    /** Returns whether the document itself has the field. */
    boolean has(String name) {
        return node.has(name);
    }

    /**
     * Returns the value, or a missing node if the document does not set the field and it has no
     * default.
     */
    JsonNode value(String name) {
        return node.hasNonNull(name) ? node.get(name) : shape.property(name).byDefault();
    }

    String pointer(String name) {
        return Pointer.to(pointer, name);
    }

    String text(String name) {
        return value(name).asText();
    }

    boolean is(String name, String choice) {
        return text(name).equals(choice);
    }

    @Nullable String optionalText(String name) {
        var value = value(name);
        return value.isMissingNode() ? null : value.asText();
    }

    int integer(String name) {
        return value(name).asInt();
    }

    @Nullable Double optionalNumber(String name) {
        var value = value(name);
        return value.isMissingNode() ? null : value.asDouble();
    }

    boolean flag(String name) {
        return value(name).asBoolean();
    }

    Duration seconds(String name) {
        return Duration.ofMillis(
                value(name).decimalValue().multiply(BigDecimal.valueOf(1000)).longValue());
    }

    List<String> texts(String name) {
        return items(value(name)).map(JsonNode::asText).toList();
    }

    Map<String, String> labels(String name) {
        var labels = new TreeMap<String, String>();
        value(name)
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        return labels;
    }

    static Stream<JsonNode> items(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    Fields object(String name) {
        return new Fields(value(name), shape.property(name), pointer(name));
    }

    List<Fields> objects(String name) {
        var list = value(name);
        var items = shape.property(name).items();
        return IntStream.range(0, list.size())
                .filter(index -> list.get(index).isObject())
                .mapToObj(index ->
                        new Fields(list.get(index), items, Pointer.to(pointer(name), index)))
                .toList();
    }
}
