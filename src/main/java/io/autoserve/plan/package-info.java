/**
 * DECIDES what the leader does next. Decisions are pure: the desired state, the observed state and
 * the time go in, and actions with their reasons come out. The code that carries them out decides
 * nothing.
 */
@NullMarked
package io.autoserve.plan;

import org.jspecify.annotations.NullMarked;
