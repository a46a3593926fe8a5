/**
 * The whole platform at work: real containers behind a real nginx, and what goes wrong with them.
 */
@NullMarked
package io.autoserve.platform;

import org.jspecify.annotations.NullMarked;
