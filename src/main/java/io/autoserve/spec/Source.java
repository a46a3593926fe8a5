package io.autoserve.spec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.autoserve.spec.Faults.Place;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * The parsed text of a spec: its values, where each value is, and the syntax errors. Aliases and
 * merges of YAML are replaced with what they stand for.
 */
final class Source {
    /** The highest length of a spec in bytes. A character can have up to four bytes. */
    private static final int LONGEST = 256 << 10;

    private static final int DEEPEST = 50;
    private static final int MOST_DIGITS = 40;
    private static final int MOST_VALUES = 20_000;

    /** The place of each value is kept, and long names would make the places large. */
    private static final int LONGEST_POINTER = 1000;

    private static final String MERGE = "<<";
    private static final Pattern PLAIN_NUMBER =
            Pattern.compile("[-+]?(0|[1-9][0-9]*)?(\\.[0-9]*)?");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final StreamReadConstraints LIMITS =
            StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(MOST_DIGITS)
                    .build();
    private static final ObjectMapper JSON =
            new ObjectMapper(JsonFactory.builder().streamReadConstraints(LIMITS).build());
    private static final ObjectMapper YAML = new ObjectMapper(new YamlSource());

    private final Faults faults = new Faults();
    private JsonNode root = MissingNode.getInstance();
    private int values;

    /** Creates the parsers of YAML. */
    private static final class YamlSource extends YAMLFactory {
        YamlSource() {
            super(
                    YAMLFactory.builder()
                            .streamReadConstraints(LIMITS)
                            .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS));
        }

        @Override
        protected YAMLParser _createParser(Reader text, IOContext context) {
            return new AliasParser(
                    context, _parserFeatures, _yamlParserFeatures, _objectCodec, text, LONGEST);
        }
    }

    private static final class TooLarge extends IOException {
        TooLarge(String message) {
            super(message);
        }
    }

    private Source() {}

    static Source parse(String text) {
        var source = new Source();
        source.read(text.startsWith("\uFEFF") ? text.substring(1) : text);
        return source;
    }

    /** Returns whether there is a document to check. */
    boolean readable() {
        return !root.isMissingNode();
    }

    JsonNode root() {
        return root;
    }

    Faults faults() {
        return faults;
    }

    /**
     * Returns a copy in which null replaces every value that already has an error, so that no value
     * is reported twice.
     */
    JsonNode withoutFaulty() {
        return copy(root, "", faults.pointers());
    }

    private static JsonNode copy(JsonNode node, String pointer, Set<String> faulty) {
        if (faulty.contains(pointer)) {
            return NullNode.getInstance();
        }
        if (node.isObject()) {
            var copy = NODES.objectNode();
            node.properties()
                    .forEach(field ->
                            copy.set(
                                    field.getKey(),
                                    copy(
                                            field.getValue(),
                                            Pointer.to(pointer, field.getKey()),
                                            faulty)));
            return copy;
        }
        if (node.isArray()) {
            var copy = NODES.arrayNode();
            for (var item : node) {
                copy.add(copy(item, Pointer.to(pointer, copy.size()), faulty));
            }
            return copy;
        }
        return node;
    }

    private void read(String text) {
        var length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST) {
            faults.addAt(
                    null,
                    "",
                    String.format(
                            Locale.ROOT,
                            "a spec must be at most %,d bytes long, was %d",
                            LONGEST,
                            length));
            return;
        }
        var json = text.stripLeading().startsWith("{");
        try (var parser = (json ? JSON : YAML).createParser(text)) {
            readDocument(parser);
        } catch (JsonProcessingException e) {
            faults.addAt(
                    place(e.getLocation()),
                    "",
                    "the spec is not valid %s: %s".formatted(json ? "JSON" : "YAML", problem(e)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // reading a String cannot fail
        }
    }

    private void readDocument(JsonParser parser) throws IOException {
        try {
            if (parser.nextToken() == null) {
                faults.addAt(null, "", "the spec is empty: it must start with 'apiVersion: v1'");
                return;
            }
            faults.place("", place(parser.currentTokenLocation()));
            var document = value(parser, "");
            if (parser.nextToken() != null) {
                faults.addAt(
                        place(parser.currentTokenLocation()),
                        "",
                        "a spec must be one document, but a second document starts here: put"
                                + " each app in its own file, or use 'autoserve apply'");
            }
            root = document;
        } catch (StreamConstraintsException _) { // its own words name the parser's Java settings
            faults.addAt(
                    place(parser.currentLocation()),
                    "",
                    "the spec is nested deeper than %d levels or has a number of more than %d characters"
                            .formatted(DEEPEST, MOST_DIGITS));
        } catch (TooLarge e) {
            faults.addAt(place(parser.currentLocation()), "", String.valueOf(e.getMessage()));
        }
    }

    private JsonNode value(JsonParser parser, String pointer) throws IOException {
        count();
        if (pointer.length() > LONGEST_POINTER) {
            throw new TooLarge(
                    String.format(
                            Locale.ROOT,
                            "the names of nested fields have more than %,d characters",
                            LONGEST_POINTER));
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, pointer);
            case START_ARRAY -> array(parser, pointer);
            case VALUE_STRING -> text(parser, pointer);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser, pointer);
            default -> parser.readValueAsTree();
        };
    }

    /** Counts a value, whose place is kept. A merged value has two places, so it counts twice. */
    private void count() throws TooLarge {
        values++;
        if (values > MOST_VALUES) {
            throw new TooLarge(
                    String.format(Locale.ROOT, "the spec has more than %,d values", MOST_VALUES));
        }
    }

    private JsonNode object(JsonParser parser, String pointer) throws IOException {
        var object = NODES.objectNode();
        var merged = new LinkedHashMap<String, Merged>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            var name = parser.currentName();
            var field = Pointer.to(pointer, name);
            var place = place(parser.currentTokenLocation());
            faults.place(field, place);
            if (object.has(name)) {
                faults.addAt(place, field, "%s is given twice: keep one".formatted(name));
            }
            refuseUnstorable(name, field);
            parser.nextToken();
            if (parser instanceof YAMLParser && name.equals(MERGE)) {
                merge(value(parser, field), field, merged);
            } else {
                object.set(name, value(parser, field));
            }
        }
        for (var field : merged.entrySet()) {
            if (!object.has(field.getKey())) {
                var value = field.getValue().value();
                object.set(field.getKey(), value);
                placeMerged(value, field.getValue().from(), Pointer.to(pointer, field.getKey()));
            }
        }
        return object;
    }

    /**
     * A field of a mapping that is merged into an object.
     *
     * @param from the pointer to the field in the mapping
     */
    private record Merged(JsonNode value, String from) {}

    /**
     * Adds the fields of a mapping, or of a list of mappings, to those that are merged into an
     * object. The first mapping that has a field wins.
     *
     * @param from the pointer to the mapping
     */
    private void merge(JsonNode value, String from, Map<String, Merged> merged) {
        if (value.isArray()) {
            for (var index = 0; index < value.size(); index++) {
                mergeMapping(value.get(index), Pointer.to(from, index), merged);
            }
        } else {
            mergeMapping(value, from, merged);
        }
    }

    private void mergeMapping(JsonNode value, String from, Map<String, Merged> merged) {
        if (!value.isObject()) {
            faults.add(from, "only a mapping can be merged with '<<', as in '<<: *defaults'");
            return;
        }
        value.properties()
                .forEach(field ->
                        merged.putIfAbsent(
                                field.getKey(),
                                new Merged(field.getValue(), Pointer.to(from, field.getKey()))));
    }

    /** Gives a merged value, and all values in it, the places at which they are written. */
    private void placeMerged(JsonNode value, String from, String to) throws TooLarge {
        count();
        faults.place(to, faults.nearest(from));
        for (var field : value.properties()) {
            var name = field.getKey();
            placeMerged(field.getValue(), Pointer.to(from, name), Pointer.to(to, name));
        }
        for (var index = 0; value.isArray() && index < value.size(); index++) {
            placeMerged(value.get(index), Pointer.to(from, index), Pointer.to(to, index));
        }
    }

    private JsonNode array(JsonParser parser, String pointer) throws IOException {
        var array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            var item = Pointer.to(pointer, array.size());
            faults.place(item, place(parser.currentTokenLocation()));
            array.add(value(parser, item));
        }
        return array;
    }

    /**
     * Returns a number. Reads YAML's {@code .nan} and {@code .inf} as text, because no numeric
     * field accepts them.
     */
    private JsonNode number(JsonParser parser, String pointer) throws IOException {
        refuseAmbiguous(parser, pointer);
        return parser.getText().chars().anyMatch(Character::isDigit)
                ? parser.readValueAsTree()
                : text(parser, pointer);
    }

    /**
     * Rejects numbers that versions of YAML read differently, such as 010, which is 8 in YAML 1.1
     * and 10 in YAML 1.2. Their author most likely means the digits.
     */
    private void refuseAmbiguous(JsonParser parser, String pointer) throws IOException {
        var written = parser.getText();
        if (parser instanceof YAMLParser
                && written.chars().anyMatch(Character::isDigit)
                && !PLAIN_NUMBER.matcher(written).matches()) {
            faults.add(
                    pointer,
                    "%s is %s, which YAML reads as %s: write the number in decimal digits, or put"
                            + " the text in quotes",
                    Pointer.name(pointer),
                    written,
                    parser.getNumberValue());
        }
    }

    private JsonNode text(JsonParser parser, String pointer) throws IOException {
        var text = parser.getText();
        refuseUnstorable(text, pointer);
        return NODES.textNode(text);
    }

    /** Rejects characters that PostgreSQL and environment variables cannot store. */
    private void refuseUnstorable(String text, String pointer) {
        if (text.indexOf('\0') >= 0) {
            faults.add(pointer, "%s must not contain the character U+0000", Pointer.name(pointer));
        }
        if (text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)) {
            faults.add(
                    pointer, "%s must not contain half of a surrogate pair", Pointer.name(pointer));
        }
    }

    private static @Nullable Place place(@Nullable JsonLocation location) {
        return location == null || location.getLineNr() < 1
                ? null
                : new Place(location.getLineNr(), Math.max(1, location.getColumnNr()));
    }

    private static String problem(JsonProcessingException e) {
        return e.getCause() instanceof MarkedYAMLException yaml && yaml.getProblem() != null
                ? yaml.getProblem()
                : e.getOriginalMessage().lines().findFirst().orElse("unreadable");
    }
}
