/**
 * What happened, and what it adds up to: the feed that follows the log of events, the view folded
 * from it, the tail that passes it on.
 */
@NullMarked
package io.autoserve.events;

import org.jspecify.annotations.NullMarked;
