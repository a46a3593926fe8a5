/**
 * Finds the primary database, elects the leading controller, decides how long that controller may
 * trust that it leads, and lists the other controllers. This package does not depend on the work
 * that a leader does in its term.
 */
@NullMarked
package io.autoserve.cluster;

import org.jspecify.annotations.NullMarked;
