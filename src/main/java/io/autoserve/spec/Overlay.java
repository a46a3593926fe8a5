package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;

/**
 * Merges an overlay into a document, as a JSON merge patch (RFC 7386) does: a field replaces that
 * of the document, and null removes it. Lists whose items have names, such as the environment, are
 * merged by these names.
 */
public final class Overlay {
    private static final String NAME = "name";

    private Overlay() {}

    /** Returns the merged document. The arguments do not change. */
    public static JsonNode merged(JsonNode document, JsonNode overlay) {
        if (overlay.isArray() && named(overlay) && named(document)) {
            return mergedByName(document, overlay);
        }
        if (!(overlay instanceof ObjectNode fields)) {
            return overlay.deepCopy();
        }
        var result =
                document instanceof ObjectNode object
                        ? object.deepCopy()
                        : JsonNodeFactory.instance.objectNode();
        for (var field : fields.properties()) {
            var name = field.getKey();
            if (field.getValue().isNull()) {
                result.remove(name);
            } else {
                result.set(name, merged(result.path(name), field.getValue()));
            }
        }
        return result;
    }

    private static boolean named(JsonNode list) {
        return list.isArray()
                && !list.isEmpty()
                && Fields.items(list).allMatch(item -> item.path(NAME).isTextual());
    }

    /** Keeps items whose name is there twice, because they are an error that must be reported. */
    private static JsonNode mergedByName(JsonNode list, JsonNode overlay) {
        var items = new LinkedHashMap<String, JsonNode>();
        var doubled = new ArrayList<JsonNode>();
        for (var item : list) {
            if (items.putIfAbsent(name(item), item) != null) {
                doubled.add(item);
            }
        }
        var changed = new HashSet<String>();
        for (var item : overlay) {
            if (changed.add(name(item))) {
                items.merge(name(item), item, Overlay::merged);
            } else {
                doubled.add(item);
            }
        }
        var result = JsonNodeFactory.instance.arrayNode();
        items.values().forEach(item -> result.add(item.deepCopy()));
        doubled.forEach(item -> result.add(item.deepCopy()));
        return result;
    }

    private static String name(JsonNode item) {
        return item.path(NAME).asText();
    }
}
