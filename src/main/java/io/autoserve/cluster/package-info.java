/**
 * Clustering: where the primary database is, which controller leads and how long it may trust that
 * it does, and which other controllers exist. It does not know what a leader does with its term.
 */
@NullMarked
package io.autoserve.cluster;

import org.jspecify.annotations.NullMarked;
