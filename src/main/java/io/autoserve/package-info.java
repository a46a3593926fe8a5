/** The map: {@code Main} and {@code Controller} wire the rooms by hand. */
@NullMarked
package io.autoserve;

import org.jspecify.annotations.NullMarked;
