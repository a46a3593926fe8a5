package io.autoserve.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.UncheckedIOException;

/** The only JSON form of the model. The store, the events and the API use it. */
public final class Json {
    /** Writes times in ISO 8601. Ignores unknown fields, which a newer version may have written. */
    public static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .addModules(new JavaTimeModule(), new Jdk8Module(), new SpecModule())
                    .disable(
                            SerializationFeature.WRITE_DATES_AS_TIMESTAMPS,
                            SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS,
                            SerializationFeature.FAIL_ON_EMPTY_BEANS)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    private Json() {}

    /**
     * Writes a value as JSON.
     *
     * @throws UncheckedIOException if the value has no JSON form, which is a bug
     */
    public static String write(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a value from JSON.
     *
     * @throws UncheckedIOException if the text is not JSON that {@link #write} produces for the
     *     type
     */
    public static <T> T read(String text, Class<T> type) {
        try {
            return MAPPER.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
