package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One field that differs between two specs after defaults are filled in.
 *
 * @param pointer JSON pointer (RFC 6901) of the field
 * @param before the field's value in the first spec; null if that spec does not have the field
 * @param after the field's value in the second spec; null if that spec does not have the field
 */
public record Difference(String pointer, @Nullable String before, @Nullable String after) {

    /** Returns the differences, sorted by pointer. */
    public static List<Difference> between(AppSpec before, AppSpec after) {
        var old = leaves(SpecWriter.document(before));
        var fresh = leaves(SpecWriter.document(after));
        var pointers = new TreeMap<>(old);
        pointers.putAll(fresh);
        var differences = new ArrayList<Difference>();
        for (var pointer : pointers.keySet()) {
            var was = old.get(pointer);
            var is = fresh.get(pointer);
            if (was == null ? is != null : !was.equals(is)) {
                differences.add(new Difference(pointer, was, is));
            }
        }
        return List.copyOf(differences);
    }

    private static Map<String, String> leaves(JsonNode document) {
        var leaves = new TreeMap<String, String>();
        collect("", document, leaves);
        return leaves;
    }

    private static void collect(String pointer, JsonNode node, Map<String, String> leaves) {
        if (node.isObject()) {
            node.properties()
                    .forEach(field ->
                            collect(Pointer.to(pointer, field.getKey()), field.getValue(), leaves));
        } else if (node.isArray()) {
            for (var i = 0; i < node.size(); i++) {
                collect(Pointer.to(pointer, i), node.get(i), leaves);
            }
        } else {
            leaves.put(pointer, node.asText());
        }
    }
}
