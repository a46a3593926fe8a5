/**
 * What operators ask at night, as figures for Prometheus. Listens at the places where things are
 * done and read; nothing but the wiring knows it, and what decides never does. Labels are bounded:
 * apps that are there, and words of ours.
 */
@NullMarked
package io.autoserve.metrics;

import org.jspecify.annotations.NullMarked;
