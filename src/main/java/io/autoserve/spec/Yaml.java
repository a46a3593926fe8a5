package io.autoserve.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import java.io.UncheckedIOException;

/** Writes documents as YAML for people to read. */
public final class Yaml {
    private static final ObjectMapper MAPPER =
            new ObjectMapper(
                    YAMLFactory.builder()
                            .disable(Feature.WRITE_DOC_START_MARKER, Feature.SPLIT_LINES)
                            .enable(
                                    Feature.MINIMIZE_QUOTES,
                                    Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS,
                                    Feature.INDENT_ARRAYS_WITH_INDICATOR)
                            .build());

    private Yaml() {}

    /** Returns the YAML, which ends with a line break. */
    public static String write(JsonNode document) {
        try {
            return MAPPER.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
