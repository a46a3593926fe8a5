/**
 * The edge to containers: one interface, Docker behind it. Knows nothing of apps that should be;
 * only of containers that are.
 */
@NullMarked
package io.autoserve.runtime;

import org.jspecify.annotations.NullMarked;
