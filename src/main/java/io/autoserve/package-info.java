/**
 * Starts the program. {@code Main} and {@code Controller} create all parts of it and connect them
 * by hand. Only this package has the real clock, and only {@code Main} and {@code Settings} read
 * the environment.
 */
@NullMarked
package io.autoserve;

import org.jspecify.annotations.NullMarked;
