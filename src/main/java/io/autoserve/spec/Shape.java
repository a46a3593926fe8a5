package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * A part of the published schema. It defines which values a document may have at one place. This
 * class supports the keywords that the schema uses, except conditional keywords such as {@code if}.
 * {@link Rules} checks those conditions with better messages.
 */
record Shape(JsonNode schema) {
    private static final JsonNode PUBLISHED = published();
    private static final Map<String, Pattern> PATTERNS = new ConcurrentHashMap<>();
    private static final int LONGEST_SHOWN = 60;

    static final Shape APP = new Shape(PUBLISHED);
    static final Shape HEALTH_CHECK = new Shape(PUBLISHED.at("/$defs/check"));

    private static JsonNode published() {
        try {
            return new ObjectMapper().readTree(SpecSchema.text());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Shape property(String name) {
        return new Shape(keyword("properties").path(name));
    }

    boolean knows(String name) {
        return keyword("properties").has(name);
    }

    Shape items() {
        return new Shape(keyword("items"));
    }

    /** Returns the default, or a missing node if the schema defines none. */
    JsonNode byDefault() {
        return keyword("default");
    }

    void check(JsonNode value, String pointer, Faults faults) {
        if (value.isNumber() && faults.has(pointer)) {
            return; // the way in which the number is written is the error to fix
        }
        if (!isChoice(value, pointer, faults) || !hasType(value, pointer, faults)) {
            return;
        }
        if (value.isObject()) {
            checkObject(value, pointer, faults);
        } else if (value.isArray()) {
            checkList(value, pointer, faults);
        } else if (value.isTextual()) {
            checkText(value.textValue(), pointer, faults);
        } else if (value.isNumber()) {
            checkNumber(value, pointer, faults);
        }
    }

    private boolean isChoice(JsonNode value, String pointer, Faults faults) {
        var choices = texts(keyword("enum"));
        if (choices.isEmpty() || choices.contains(value.textValue())) {
            return true;
        }
        var allowed = (choices.size() == 1 ? "" : "one of ") + String.join(", ", choices);
        faults.add(pointer, "%s must be %s, was %s", Pointer.name(pointer), allowed, shown(value));
        return false;
    }

    private boolean hasType(JsonNode value, String pointer, Faults faults) {
        var types = types();
        if (types.isEmpty() || types.stream().anyMatch(type -> isA(type, value))) {
            return true;
        }
        faults.add(
                pointer,
                "%s must be %s, was %s%s%s",
                Pointer.name(pointer),
                String.join(" or ", types.stream().map(Shape::inWords).toList()),
                shown(value),
                wayOut(types, value),
                Slips.value(pointer, value));
        return false;
    }

    private void checkObject(JsonNode object, String pointer, Faults faults) {
        for (var name : texts(keyword("required"))) {
            if (!object.has(name)) {
                faults.add(Pointer.to(pointer, name), "%s is missing", name);
            }
        }
        if (object.size() < keyword("minProperties").asInt()) {
            faults.add(pointer, "%s is empty: set a value or remove it", Pointer.name(pointer));
        }
        object.properties()
                .forEach(field ->
                        checkField(
                                field.getKey(),
                                field.getValue(),
                                Pointer.to(pointer, field.getKey()),
                                faults));
    }

    private void checkField(String name, JsonNode value, String pointer, Faults faults) {
        new Shape(keyword("propertyNames")).checkText(name, pointer, faults);
        var known = keyword("properties");
        var others = keyword("additionalProperties");
        if (known.has(name)) {
            property(name).check(value, pointer, faults);
        } else if (others.isObject()) {
            new Shape(others).check(value, pointer, faults);
        } else if (!isFree(name)) {
            faults.add(pointer, "%s", Suggestion.unknown(name, pointer, known));
        }
    }

    /** Returns whether the schema accepts any value in a field with this name. */
    private boolean isFree(String name) {
        return keyword("patternProperties").properties().stream()
                .anyMatch(pattern -> matches(pattern.getKey(), name));
    }

    private void checkList(JsonNode list, String pointer, Faults faults) {
        var least = keyword("minItems").asInt(0);
        var most = keyword("maxItems").asInt(Integer.MAX_VALUE);
        if (list.size() < least || list.size() > most) {
            faults.add(
                    pointer,
                    "%s must have %d to %d entries, had %d",
                    Pointer.name(pointer),
                    least,
                    most,
                    list.size());
        }
        for (var index = 0; index < list.size(); index++) {
            items().check(list.get(index), Pointer.to(pointer, index), faults);
        }
    }

    private void checkText(String text, String pointer, Faults faults) {
        var length = text.codePointCount(0, text.length());
        var least = keyword("minLength").asInt(0);
        var most = keyword("maxLength").asInt(Integer.MAX_VALUE);
        if (length < least || length > most) {
            faults.add(
                    pointer,
                    "%s must have %d to %d characters, had %d",
                    Pointer.name(pointer),
                    least,
                    most,
                    length);
            return; // matching a pattern on a very long text could overflow the stack
        }
        var pattern = keyword("pattern");
        if (pattern.isTextual() && !matches(pattern.textValue(), text)) {
            faults.add(
                    pointer,
                    "%s %s, was %s",
                    Pointer.name(pointer),
                    keyword("patternErrorMessage").asText(),
                    quoted(text));
        }
    }

    private static boolean matches(String pattern, String text) {
        return PATTERNS.computeIfAbsent(pattern, Pattern::compile).matcher(text).matches();
    }

    private void checkNumber(JsonNode value, String pointer, Faults faults) {
        var number = value.decimalValue();
        var least = bound("minimum", "-1e9");
        var most = bound("maximum", "1e15");
        var above = bound("exclusiveMinimum", "-1e9");
        if (number.compareTo(above) <= 0
                || number.compareTo(least) < 0
                || number.compareTo(most) > 0) {
            var allowed =
                    keyword("exclusiveMinimum").isNumber()
                            ? "more than %s and at most %s".formatted(plain(above), plain(most))
                            : "%s to %s".formatted(plain(least), plain(most));
            faults.add(
                    pointer, "%s must be %s, was %s", Pointer.name(pointer), allowed, shown(value));
        }
    }

    private BigDecimal bound(String keyword, String otherwise) {
        var bound = keyword(keyword);
        return bound.isNumber() ? bound.decimalValue() : new BigDecimal(otherwise);
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    /**
     * Returns the value of a keyword. A keyword beside {@code $ref} overrides the same keyword in
     * the schema that {@code $ref} refers to.
     */
    JsonNode keyword(String name) {
        var reference = schema.path("$ref");
        return schema.has(name) || reference.isMissingNode()
                ? schema.path(name)
                : new Shape(PUBLISHED.at(reference.textValue().substring(1))).keyword(name);
    }

    private List<String> types() {
        var type = keyword("type");
        return type.isTextual() ? List.of(type.textValue()) : texts(type);
    }

    private static List<String> texts(JsonNode list) {
        return Fields.items(list).map(JsonNode::textValue).toList();
    }

    private static boolean isA(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "number" -> isFinite(value);
            case "integer" ->
                    value.isIntegralNumber() || (isFinite(value) && value.doubleValue() % 1 == 0);
            default -> throw new IllegalStateException("the schema has an unknown type: " + type);
        };
    }

    private static boolean isFinite(JsonNode value) {
        return value.isNumber() && Double.isFinite(value.doubleValue());
    }

    private static String inWords(String type) {
        return switch (type) {
            case "object" -> "an object";
            case "array" -> "a list";
            case "string" -> "text";
            case "boolean" -> "true or false";
            case "integer" -> "a whole number";
            default -> "a " + type;
        };
    }

    private static String wayOut(List<String> types, JsonNode value) {
        if (value.isNull()) {
            return ": set a value or remove it";
        }
        if (types.contains("string") && (value.isNumber() || value.isBoolean())) {
            return ": put it in quotes";
        }
        if (types.contains("array") && value.isTextual()) {
            return ": write [" + shown(value) + "]";
        }
        var bare = List.of("integer", "number", "boolean").stream().anyMatch(types::contains);
        if (bare && value.isTextual() && matches("[0-9.]+[eE][-+]?[0-9]+", value.textValue())) {
            return ": write it in digits only";
        }
        return bare && value.isTextual() && matches("-?[0-9.]+|true|false", value.textValue())
                ? ": remove the quotes"
                : "";
    }

    private static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> quoted(value.textValue());
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case NULL -> "empty";
            default -> shortened(value.asText());
        };
    }

    private static String quoted(String text) {
        return "'" + shortened(text) + "'";
    }

    private static String shortened(String text) {
        var oneLine = text.replaceAll("\\p{Cntrl}", "?");
        return oneLine.length() <= LONGEST_SHOWN
                ? oneLine
                : oneLine.substring(0, LONGEST_SHOWN) + "…";
    }
}
