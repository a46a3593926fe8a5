/**
 * The map of the program: {@code Main} and {@code Controller} create the rooms by hand and connect
 * them. Only this package has the real clock, and only {@code Main} and {@code Settings} read the
 * environment.
 */
@NullMarked
package io.autoserve;

import org.jspecify.annotations.NullMarked;
