package io.autoserve.model;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;

/** Rejects invalid values in the constructors of records. */
final class Require {
    private Require() {}

    @FormatMethod
    static void that(boolean holds, @FormatString String message, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(message.formatted(values));
        }
    }
}
