/**
 * The figures that operators need, for Prometheus. This package listens to other code, or reads
 * values from it. Only the code that wires the parts together depends on this package. Code that
 * makes decisions never does. The number of different labels is bounded, because labels contain
 * only names of registered apps and AutoServe's own words.
 */
@NullMarked
package io.autoserve.metrics;

import org.jspecify.annotations.NullMarked;
