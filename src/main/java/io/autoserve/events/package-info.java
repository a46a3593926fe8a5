/**
 * What happened, and the state that follows from it. It holds the feed that reads the events, the
 * view made from them, and the tail that passes them to streams. Nothing here decides or acts.
 */
@NullMarked
package io.autoserve.events;

import org.jspecify.annotations.NullMarked;
