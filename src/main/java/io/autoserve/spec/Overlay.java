package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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

    private static JsonNode mergedByName(JsonNode list, JsonNode overlay) {
        var items = new LinkedHashMap<String, JsonNode>();
        list.forEach(item -> items.put(item.path(NAME).asText(), item));
        overlay.forEach(item -> items.merge(item.path(NAME).asText(), item, Overlay::merged));
        var result = JsonNodeFactory.instance.arrayNode();
        items.values().forEach(item -> result.add(item.deepCopy()));
        return result;
    }
}
