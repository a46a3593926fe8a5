/**
 * Tests of the whole platform: real containers behind a real nginx, and what can go wrong there.
 */
@NullMarked
package io.autoserve.endtoend;

import org.jspecify.annotations.NullMarked;
