/**
 * What operators need to know, as figures for Prometheus. It listens where things are done and
 * read. Only the wiring knows this package; the code that decides never does. Labels are bounded:
 * names of registered apps, and words of AutoServe's own.
 */
@NullMarked
package io.autoserve.metrics;

import org.jspecify.annotations.NullMarked;
