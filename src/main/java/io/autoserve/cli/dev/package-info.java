/**
 * {@code autoserve dev}: runs the whole platform on one machine. It starts the parts in order,
 * stops them in reverse order and leaves nothing behind that the user did not ask for. It does not
 * depend on how the parts work.
 */
@NullMarked
package io.autoserve.cli.dev;

import org.jspecify.annotations.NullMarked;
