package io.autoserve.imports;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.autoserve.imports.YamlValue.Mapping;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The fields of a service, or of a part of it. It knows which of them have been read. */
final class ServiceFields {
    private final Mapping mapping;
    private final String path;
    private final Remarks remarks;
    private final Set<String> read = new HashSet<>();

    ServiceFields(Mapping mapping, String path, Remarks remarks) {
        this.mapping = mapping;
        this.path = path;
        this.remarks = remarks;
    }

    Optional<YamlValue> value(String name) {
        read.add(name);
        return mapping.field(name);
    }

    /** Counts the field as read, because it needs no remark. */
    void skip(String name) {
        read.add(name);
    }

    boolean has(String name) {
        return mapping.fields().containsKey(name);
    }

    Optional<String> text(String name) {
        return value(name).flatMap(YamlValue::written);
    }

    boolean flag(String name) {
        return text(name).filter(Set.of("true", "yes", "on")::contains).isPresent();
    }

    /** Returns the items of a list, or a single item that is written without a list. */
    List<YamlValue> list(String name) {
        return value(name).stream().flatMap(YamlValue::each).toList();
    }

    /** Returns the words of a command, which is a list of words or one text for a shell. */
    List<String> words(String name) {
        var value = value(name);
        if (value.isPresent() && value.get() instanceof YamlValue.Sequence list) {
            return list.each().flatMap(item -> item.written().stream()).toList();
        }
        return value.flatMap(YamlValue::written).map(ShellWords::of).orElse(List.of());
    }

    /**
     * Returns pairs that are written as a mapping or as a list of {@code NAME=VALUE}. The value of
     * a name without one is empty.
     */
    SequencedMap<String, YamlValue> pairs(String name) {
        var pairs = new LinkedHashMap<String, YamlValue>();
        value(name)
                .ifPresent(value -> {
                    if (value instanceof Mapping map) {
                        pairs.putAll(map.fields());
                    } else {
                        value.each()
                                .forEach(item ->
                                        item.written()
                                                .ifPresent(text -> {
                                                    var equals = text.indexOf('=');
                                                    pairs.put(
                                                            equals < 0
                                                                    ? text
                                                                    : text.substring(0, equals),
                                                            new YamlValue.Scalar(
                                                                    equals < 0
                                                                            ? ""
                                                                            : text.substring(
                                                                                    equals + 1),
                                                                    equals < 0,
                                                                    item.line()));
                                                }));
                    }
                });
        return pairs;
    }

    /** Returns the fields of a mapping, which are none if the field is missing. */
    ServiceFields part(String name) {
        var none = new Mapping(new LinkedHashMap<>(), mapping.line());
        var part = value(name).filter(Mapping.class::isInstance).map(Mapping.class::cast);
        return new ServiceFields(part.orElse(none), place(name), remarks);
    }

    /**
     * Returns the fields of an item of a list.
     *
     * @param name the field that is the list
     */
    ServiceFields item(String name, Mapping item) {
        return new ServiceFields(item, place(name), remarks);
    }

    int line(String name) {
        return mapping.field(name).map(YamlValue::line).orElse(mapping.line());
    }

    String place(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    @FormatMethod
    void remark(String name, @FormatString String message, @Nullable Object... values) {
        remarks.add(line(name), place(name), message, values);
    }

    @FormatMethod
    void remark(
            YamlValue item, String name, @FormatString String message, @Nullable Object... values) {
        remarks.add(item.line(), place(name), message, values);
    }

    /** Passes on the amount, or remarks that the field has none. */
    <T> void amount(String name, Optional<T> amount, Consumer<T> consumer) {
        if (amount.isPresent()) {
            consumer.accept(amount.get());
        } else if (has(name)) {
            remark(name, "'%s' is no amount: set it in the spec", text(name).orElse(""));
        }
    }

    /** Remarks on each field that was not read. */
    void remarkUnread(Map<String, String> reasons) {
        mapping.fields().keySet().stream()
                .filter(name -> !read.contains(name) && !name.startsWith("x-"))
                .forEach(name ->
                        remark(
                                name,
                                "%s",
                                reasons.getOrDefault(
                                        name, "a spec has no such field: it is left out")));
    }
}
