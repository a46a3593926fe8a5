/**
 * {@code autoserve dev}: the whole platform on one machine, started in order, stopped in reverse,
 * nothing left behind that nobody wanted. Starts the parts; knows nothing of how they work.
 */
@NullMarked
package io.autoserve.cli.dev;

import org.jspecify.annotations.NullMarked;
