package io.autoserve.imports;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects the remarks on one file. */
final class Remarks {
    private final Set<Remark> all = new LinkedHashSet<>();

    @FormatMethod
    void add(int line, String field, @FormatString String message, @Nullable Object... values) {
        all.add(new Remark(line, field, message.formatted(values)));
    }

    List<Remark> inOrder() {
        return all.stream().sorted(Comparator.comparingInt(Remark::line)).toList();
    }
}
