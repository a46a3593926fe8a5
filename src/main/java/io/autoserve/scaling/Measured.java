package io.autoserve.scaling;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The last known number of a metric that another system knows.
 *
 * @param value from 0; null if it is not known now
 * @param zeroFor how long the number has been 0; zero while it is not
 * @param failure why the number is not known, in words for operators; empty if it is known
 */
record Measured(@Nullable Double value, Duration zeroFor, String failure) {
    static Measured unknown(String failure) {
        return new Measured(null, Duration.ZERO, failure);
    }
}
