/**
 * App Manager: the loop that looks at all that is and has done what the planner says. Only the
 * leader's runs, and only as long as its term.
 */
@NullMarked
package io.autoserve.apps;

import org.jspecify.annotations.NullMarked;
