/** Fakes, clocks and helpers that the tests of several packages share. */
@NullMarked
package io.autoserve.testing;

import org.jspecify.annotations.NullMarked;
