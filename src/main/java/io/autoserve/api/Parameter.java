package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.api.Problem.FieldError;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One parameter of the path, the query or a header: what the contract allows and how it is read.
 */
record Parameter(String name, In in, Kind kind, boolean required, @Nullable Object standard) {

    enum In {
        path,
        query,
        header
    }

    sealed interface Kind {
        record Text(@Nullable Pattern pattern, int maxLength, String description) implements Kind {}

        record Choice(Set<String> values) implements Kind {}

        record Whole(long minimum, long maximum) implements Kind {}

        record Flag() implements Kind {}

        record Time() implements Kind {}
    }

    /**
     * Reads a parameter of the contract. Throws if its schema is of an unknown kind, so that no
     * rule of the contract is silently ignored.
     */
    static Parameter of(JsonNode written, JsonNode schema) {
        var name = written.get("name").textValue();
        var kind =
                switch (schema.get("type").textValue()) {
                    case "integer" ->
                            new Kind.Whole(
                                    schema.get("minimum").longValue(),
                                    schema.get("maximum").longValue());
                    case "boolean" -> new Kind.Flag();
                    case "string" -> textual(schema);
                    case String other -> throw new IllegalArgumentException(name + ": " + other);
                };
        var standard = schema.path("default");
        return new Parameter(
                name,
                In.valueOf(written.get("in").textValue()),
                kind,
                written.path("required").asBoolean(),
                switch (standard.getNodeType()) {
                    case NUMBER -> standard.longValue();
                    case BOOLEAN -> standard.booleanValue();
                    default -> null;
                });
    }

    private static Kind textual(JsonNode schema) {
        if (schema.has("enum")) {
            var values = new HashSet<String>();
            schema.get("enum").forEach(value -> values.add(value.textValue()));
            return new Kind.Choice(values);
        }
        if (schema.path("format").asText().equals("date-time")) {
            return new Kind.Time();
        }
        var pattern = schema.path("pattern").textValue();
        return new Kind.Text(
                pattern == null ? null : Pattern.compile(pattern),
                schema.path("maxLength").asInt(200),
                schema.path("description").asText("as openapi.yaml defines"));
    }

    /** Returns the value as a String, Long, Boolean or Instant, or null if the text is invalid. */
    @Nullable Object read(String text, Consumer<FieldError> faults) {
        var value =
                switch (kind) {
                    case Kind.Text(var pattern, var maxLength, _) ->
                            text.length() <= maxLength
                                            && (pattern == null || pattern.matcher(text).matches())
                                    ? text
                                    : null;
                    case Kind.Choice(var values) -> values.contains(text) ? text : null;
                    case Kind.Whole(var minimum, var maximum) -> whole(text, minimum, maximum);
                    case Kind.Flag() ->
                            switch (text) {
                                case "true" -> true;
                                case "false" -> false;
                                default -> null;
                            };
                    case Kind.Time() -> time(text);
                };
        if (value == null) {
            faults.accept(
                    FieldError.in(
                            in + " " + name,
                            "%s %s, was '%s'".formatted(name, rule(), shortened(text))));
        }
        return value;
    }

    FieldError missing() {
        return FieldError.in(in + " " + name, "%s is required: it %s".formatted(name, rule()));
    }

    private static @Nullable Long whole(String text, long minimum, long maximum) {
        if (text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return null;
        }
        var value = text.isEmpty() ? -1 : Long.parseLong(text);
        return value >= minimum && value <= maximum ? value : null;
    }

    private static @Nullable Instant time(String text) {
        try {
            var time = OffsetDateTime.parse(text);
            return time.getYear() >= 1970 && time.getYear() <= 9999 ? time.toInstant() : null;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private String rule() {
        return switch (kind) {
            case Kind.Text(_, _, var description) -> "must be " + description;
            case Kind.Choice(var values) ->
                    "must be one of "
                            + String.join(", ", List.copyOf(values).stream().sorted().toList());
            case Kind.Whole(var minimum, var maximum) ->
                    "must be a whole number from %d to %d".formatted(minimum, maximum);
            case Kind.Flag() -> "must be true or false";
            case Kind.Time() -> "must be a time like 2026-01-01T12:00:00Z";
        };
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
