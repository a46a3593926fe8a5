/**
 * The figures that operators need, for Prometheus. This package listens where things are done and
 * read. Only the wiring knows this package; the code that decides never does. Labels are bounded:
 * they contain only names of registered apps and AutoServe's own words.
 */
@NullMarked
package io.autoserve.metrics;

import org.jspecify.annotations.NullMarked;
