/**
 * The events, and the state that results from them. This package contains the feed that reads the
 * events, the view made from them, and the tail that passes them to streams. Nothing here decides
 * or acts.
 */
@NullMarked
package io.autoserve.events;

import org.jspecify.annotations.NullMarked;
