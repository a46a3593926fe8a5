package io.autoserve.spec;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Collects the errors of a spec and finds the line and column of each error. It keeps the first 100
 * errors, so that the answer to a small request never becomes large.
 */
final class Faults {
    private static final int MOST = 100;
    private static final String MORE =
            "only the first %d errors are listed: fix these first".formatted(MOST);

    private final Map<String, Place> places = new HashMap<>();
    private final Set<Fault> found = new LinkedHashSet<>();
    private final Set<String> pointers = new HashSet<>();

    record Place(int line, int column) {}

    /** Records the line and column of the value at a pointer. */
    void place(String pointer, @Nullable Place place) {
        if (place != null) {
            places.putIfAbsent(pointer, place);
        }
    }

    @FormatMethod
    void add(String pointer, @FormatString String message, @Nullable Object... values) {
        addAt(nearest(pointer), pointer, message.formatted(values));
    }

    void addAt(@Nullable Place place, String pointer, String message) {
        pointers.add(pointer);
        if (found.size() < MOST) {
            found.add(
                    place == null
                            ? new Fault(pointer, null, null, message)
                            : new Fault(pointer, place.line(), place.column(), message));
        }
    }

    void needs(Fields fields, String name, String message) {
        if (!fields.has(name)) {
            add(fields.pointer(name), "%s", message);
        }
    }

    void refuses(Fields fields, String name, String where) {
        if (fields.has(name)) {
            add(fields.pointer(name), "%s has no effect %s: remove it", name, where);
        }
    }

    /**
     * Reports each item whose field has the same value as an earlier item. Items without the field
     * are skipped.
     */
    void eachOnce(List<Fields> items, String field, Function<Fields, String> identity) {
        var seen = new HashSet<String>();
        for (var item : items) {
            if (item.node().hasNonNull(field) && !seen.add(identity.apply(item))) {
                add(
                        item.pointer(field),
                        "%s must be unique, but %s is listed more than once",
                        field,
                        identity.apply(item));
            }
        }
    }

    boolean none() {
        return found.isEmpty();
    }

    boolean has(String pointer) {
        return pointers.contains(pointer);
    }

    /** Returns the pointers of all errors, including those beyond the first 100. */
    Set<String> pointers() {
        return Set.copyOf(pointers);
    }

    List<Fault> inOrder() {
        var ordered =
                found.stream()
                        .sorted(
                                Comparator.comparing(
                                                Fault::line,
                                                Comparator.nullsFirst(Integer::compare))
                                        .thenComparing(
                                                Fault::column,
                                                Comparator.nullsFirst(Integer::compare)));
        return found.size() < MOST
                ? ordered.toList()
                : Stream.concat(ordered, Stream.of(new Fault("", null, null, MORE))).toList();
    }

    /** Returns the place of the value. A missing field gets the place of its parent. */
    @Nullable Place nearest(String pointer) {
        for (var at = pointer; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            if (places.containsKey(at)) {
                return places.get(at);
            }
        }
        return places.get("");
    }
}
