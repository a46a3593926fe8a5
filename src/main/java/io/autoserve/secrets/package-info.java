/**
 * Seals values so that they cannot be read where they are stored. It contains the ring of keys and
 * the sealed values. It does not depend on the callers, or on where a sealed value is stored.
 */
@NullMarked
package io.autoserve.secrets;

import org.jspecify.annotations.NullMarked;
