package io.autoserve.spec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The published JSON Schema (2020-12) of a spec. */
public final class SpecSchema {
    private static final String RESOURCE = "/schema/app.v1.json";

    private SpecSchema() {}

    /** Returns the text of the schema. The API serves the same text to editors. */
    public static String text() {
        try (var schema = SpecSchema.class.getResourceAsStream(RESOURCE)) {
            return new String(Objects.requireNonNull(schema, RESOURCE).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
