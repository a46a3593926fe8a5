/**
 * Clustering: where the primary is, which controller leads and for how long it may believe so, and
 * who else is there. What a leader does with its term is no business of this room.
 */
@NullMarked
package io.autoserve.cluster;

import org.jspecify.annotations.NullMarked;
