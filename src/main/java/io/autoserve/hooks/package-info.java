/**
 * Reads what registries and CI systems report when they have a new image, and decides whether an
 * app gets the image. Nothing here does IO or reads a clock.
 */
@NullMarked
package io.autoserve.hooks;

import org.jspecify.annotations.NullMarked;
