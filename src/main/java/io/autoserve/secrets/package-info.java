/**
 * What must not be read where it is kept: the ring of keys, and values sealed by it. Knows neither
 * who asks nor where what is sealed is stored.
 */
@NullMarked
package io.autoserve.secrets;

import org.jspecify.annotations.NullMarked;
