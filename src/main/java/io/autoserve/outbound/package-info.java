/** Reaches hosts that users name, but no address of this machine or of private networks. */
@NullMarked
package io.autoserve.outbound;

import org.jspecify.annotations.NullMarked;
