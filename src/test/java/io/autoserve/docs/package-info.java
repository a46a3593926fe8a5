/**
 * Tests that generate pages of {@code docs}, and tests that check that pages describe what the code
 * does.
 */
@NullMarked
package io.autoserve.docs;

import org.jspecify.annotations.NullMarked;
