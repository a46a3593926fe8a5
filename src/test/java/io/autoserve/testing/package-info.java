/** Fakes, clocks and helpers that tests of several rooms share. */
@NullMarked
package io.autoserve.testing;

import org.jspecify.annotations.NullMarked;
