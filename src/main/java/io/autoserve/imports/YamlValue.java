package io.autoserve.imports;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** A value of a YAML file and where it is. */
sealed interface YamlValue {
    /** Returns the line of the value's key, or of the value itself in a list, from 1. */
    int line();

    /**
     * A text, number or flag, as it is written.
     *
     * @param empty whether no value is written, which YAML reads as null
     */
    record Scalar(String text, boolean empty, int line) implements YamlValue {}

    record Mapping(SequencedMap<String, YamlValue> fields, int line) implements YamlValue {
        public Mapping {
            fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
        }

        Optional<YamlValue> field(String name) {
            return Optional.ofNullable(fields.get(name));
        }
    }

    record Sequence(List<YamlValue> items, int line) implements YamlValue {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** Returns the text of a scalar that has a value. */
    default Optional<String> written() {
        return this instanceof Scalar(var text, var empty, _) && !empty
                ? Optional.of(text)
                : Optional.empty();
    }

    /** Returns the items of a list. Any other value is a list of itself, unless it is empty. */
    default Stream<YamlValue> each() {
        return switch (this) {
            case Scalar scalar -> scalar.empty() ? Stream.empty() : Stream.of(this);
            case Mapping _ -> Stream.of(this);
            case Sequence(var items, _) -> items.stream();
        };
    }
}
