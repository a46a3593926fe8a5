/**
 * The App Manager: the loop that reads all state and carries out what the planner returns. It runs
 * only on the leader, and only during its term.
 */
@NullMarked
package io.autoserve.apps;

import org.jspecify.annotations.NullMarked;
