/**
 * Seals values so that they cannot be read where they are stored. This package contains the key
 * ring and the sealed value. It depends neither on its callers nor on where a sealed value is
 * stored.
 */
@NullMarked
package io.autoserve.secrets;

import org.jspecify.annotations.NullMarked;
