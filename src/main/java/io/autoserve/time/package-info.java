/**
 * How code waits, starts threads and reads the monotonic clock. Code that decides gets times as
 * arguments and never uses this package. A simulation replaces both interfaces, so that real code
 * runs in simulated time.
 */
@NullMarked
package io.autoserve.time;

import org.jspecify.annotations.NullMarked;
