package io.autoserve.spec;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.UncheckedIOException;

/** Builds spec documents for tests, without AutoServe's own reader. */
final class Documents {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private Documents() {}

    static JsonNode of(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the smallest valid spec. */
    static ObjectNode minimal() {
        return (ObjectNode) of(Example.named("minimal").text());
    }

    /** Sets a value at the pointer, and creates the missing objects of its path. */
    static ObjectNode with(ObjectNode document, String pointer, JsonNode value) {
        var at = JsonPointer.compile(pointer);
        var last = at.last().getMatchingProperty();
        if (document.at(at.head()) instanceof ArrayNode list) {
            list.insert(Integer.parseInt(last), value);
        } else {
            document.withObject(at.head()).set(last, value);
        }
        return document;
    }

    static ObjectNode without(ObjectNode document, String pointer) {
        var at = JsonPointer.compile(pointer);
        ((ObjectNode) document.at(at.head())).remove(at.last().getMatchingProperty());
        return document;
    }
}
